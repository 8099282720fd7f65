"""Words that say nothing about a thing: left out of the index, and never demanded of a document.

Latin words stand here as they are typed with or without accents; Arabic ones folded.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FRENCH = _set(
    """a à afin ai ainsi alors après apres as au aucun aujourd auquel aussi autre autres aux avec avez avoir avons c car
    ce ceci cela celle celles celui ces cet cette ceux chaque chez combien comme comment contre d dans de depuis des
    dont donc du elle elles en encore entre es est et étaient etaient était etait été ete être etre eu eux fait hui il
    ils j je jusqu l la laquelle le lequel les lesquels leur leurs lors lui m ma mais me même meme mes moi mon n ne ni
    nos notre nous on ont ou où par parmi pas pendant peu plus plusieurs pour pourquoi près pres puis qu quand que quel
    quelle quelles quels qui quoi s sa sans se selon sera ses si son sont sous suis sur t ta tandis te tes toi ton tous
    tout toute toutes très tres trop tu un une vers vos votre vous y"""
)

ENGLISH = _set(
    """a about after all also am an and any are as at be been before being between both but by can could did do does
    down during each few for from had has have having he her here his how i if in into is it its just many me more most
    much my no nor not of on once only or other our out over own s she should so some such t than that the their them
    then there these they this those through to too under until up very was we were what when where which while who
    whom why will with would you your"""
)

ARABIC = _set(
    """الي اليها اليه الذي الذين التي اللتي ان انا انت انه انها او اي ايضا اين بعد بعض بل بين بها به تحت تلك تم ثم جدا حتي
    حول حيث خلال دون ذلك ذات سوف عبر عدا علي عليه عليها عن عند عنه غير فقط في فيه فيها قبل قد كان كانت كل كم كما كيف لا
    لان لدي لم لما لماذا لن له لها لهم لو ليس ماذا مع من منذ منه منها متي نحن نحو هذا هذه هل هم هناك هنا هو هي هولا و يا
    يكون ديال"""
)

# What people type around the thing they look for. It is indexed as any word, and not demanded; folded.
ASKING = _set(
    """acheter achat achats vendre vente ventes vends prix tarif produit produits article articles commander commande
    chercher cherche veux voudrais besoin trouver bon bonne meilleur meilleure meilleurs cher chere moins
    label labels certifie certifies certified pur pure purs pures naturel naturelle naturels naturelles vrai vraie veritable
    authentique maman mere papa pere
    buy sell sale price prices product products goods order want need find best good cheap pure raw natural genuine real
    authentic mother mom mum father dad
    شراء بيع ثمن سعر اسعار منتج منتوج منتجات منتوجات المنتجات المنتوجات اريد ابحث افضل احسن رخيص بغيت شري نشري واحد
    حر حره الحر الحره طبيعي طبيعيه اصلي اصليه اجد عندكم شحال فين ماما امي للام
    bghit bghina nchri chri chra taman thaman rkhis dyal diyal dial wahed hor lhor 7or l7or tabi3i
    chhal ch7al fin nel9a kayn 3andkom"""
)
