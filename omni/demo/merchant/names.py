"""Names and streets for the crowd of the demo: as written, and as in an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class People:
    """A language with its names. ``order``: how given and family name stand."""

    language: str
    weight: int
    countries: tuple[str, ...]
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    order: str = "{given} {family}"


def _plain(text: str) -> tuple[Name, ...]:
    """Names whose letters need no other writing."""
    return tuple((name, name) for name in text.split())


def _pairs(text: str) -> tuple[Name, ...]:
    """``written=latin``, with blanks between."""
    pairs = (each.partition("=") for each in text.split())
    return tuple((written.replace("_", " "), latin) for written, _sign, latin in pairs)


PEOPLES = (
    People("fr", 34, ("FR",), _pairs(
        "Chloé=chloe Zoé=zoe Élodie=elodie Jérôme=jerome François=francois Céline=celine"
        " Hélène=helene Benoît=benoit") + _plain(
        "Camille Manon Louise Alice Jeanne Margaux"
        " Romane Juliette Agathe Hugo Jules Louis Arthur Paul Antoine Maxime Thomas Nicolas Julien"
        " Sophie Isabelle Nathalie Claire Pauline Vincent Olivier Laurent Bastien Baptiste"),
        _pairs("Martin=martin Bernard=bernard Dubois=dubois Durand=durand Moreau=moreau"
        " Lefèvre=lefevre Girard=girard Fournier=fournier Mercier=mercier Lambert=lambert"
        " Rousseau=rousseau Garnier=garnier Chevalier=chevalier Renard=renard Perrin=perrin"
        " Gérard=gerard Noël=noel Bailly=bailly Vasseur=vasseur Brun=brun Delorme=delorme"
        " Marchand=marchand Royer=royer Aubert=aubert Caron=caron Picard=picard Leroy=leroy")),
    People("de", 25, ("DE",), _pairs(
        "Anna=anna Lena=lena Katharina=katharina Jürgen=juergen Björn=bjoern Sabine=sabine"
        " Jan=jan Felix=felix Hannah=hannah Greta=greta Ulrike=ulrike Matthias=matthias"
        " Stefan=stefan Frieda=frieda Emil=emil Paula=paula Moritz=moritz Jörg=joerg"
        " Annegret=annegret Karl-Heinz=karl-heinz Sören=soeren Ilse=ilse Tobias=tobias"),
        _pairs("Müller=mueller Schmidt=schmidt Schneider=schneider Fischer=fischer Weber=weber"
        " Meyer=meyer Wagner=wagner Becker=becker Schäfer=schaefer Hoffmann=hoffmann Koch=koch"
        " Richter=richter Krüger=krueger Vogel=vogel Brandt=brandt Lindemann=lindemann"
        " Petersen=petersen Thomsen=thomsen Großmann=grossmann Weiß=weiss Böttcher=boettcher"
        " Freiherr_von_Hammerstein-Equord=hammerstein Oberländer-Schultheiß=oberlaender")),
    People("en", 22, ("GB",), _plain(
        "Olivia Amelia Isla Grace Freya Poppy Charlotte Emily Harriet Eleanor Oliver George Harry"
        " Jack Arthur Noah Theo Henry James William Edward Sophie Alice Martha Ravi Priya Kwame"),
        _plain("Smith Jones Taylor Brown Williams Wilson Davies Evans Thomas Roberts Walker Wright"
        " Thompson Hughes Edwards Green Hall Wood Clarke Patel Khan Okafor Mensah Campbell Shaw"
        " Hart Ashworth Pemberton Featherstone")),
    People("pl", 2, ("DE", "GB", "FR"), _pairs(
        "Małgorzata=malgorzata Agnieszka=agnieszka Zofia=zofia Katarzyna=katarzyna"),
        _pairs("Wiśniewska=wisniewska Wójcik=wojcik Kowalczyk=kowalczyk Zielińska=zielinska"
        " Dąbrowska=dabrowska Jabłońska=jablonska Brzęczyszczykiewicz=brzeczyszczykiewicz")),
    People("pl", 2, ("DE", "GB", "FR"), _pairs(
        "Łukasz=lukasz Paweł=pawel Krzysztof=krzysztof Wojciech=wojciech Stanisław=stanislaw"),
        _pairs("Wiśniewski=wisniewski Wójcik=wojcik Kowalczyk=kowalczyk Zieliński=zielinski"
        " Dąbrowski=dabrowski Jabłoński=jablonski Szczęsny=szczesny")),
    People("tr", 4, ("DE",), _pairs(
        "Ayşe=ayse Çağla=cagla Gökhan=goekhan İbrahim=ibrahim Şule=sule Emre=emre Zeynep=zeynep"
        " Oğuz=oguz"),
        _pairs("Yılmaz=yilmaz Öztürk=oeztuerk Şahin=sahin Çelik=celik Güneş=guenes Aydın=aydin"
        " Kılıç=kilic")),
    People("ar", 3, ("FR", "DE"), _pairs(
        "ليلى=leila محمد=mohammed فاطمة=fatima يوسف=youssef أمينة=amina كريم=karim نور=nour"),
        _pairs("بن_علي=benali الحداد=haddad منصور=mansour الخطيب=khatib شاهين=shaheen"
        " السيد=elsayed")),
    People("ru", 2, ("DE", "FR"), _pairs(
        "Анна=anna Екатерина=ekaterina Ольга=olga Наталья=natalja Ирина=irina"),
        _pairs("Иванова=ivanova Смирнова=smirnova Кузнецова=kuznetsova Попова=popova"
        " Соколова=sokolova Рождественская=rozhdestvenskaja")),
    People("ru", 1, ("DE", "FR"), _pairs(
        "Дмитрий=dmitri Сергей=sergej Михаил=michail Алексей=aleksej"),
        _pairs("Иванов=ivanov Смирнов=smirnov Кузнецов=kuznetsov Попов=popov Соколов=sokolov"
        " Рождественский=rozhdestvenskij")),
    People("ko", 2, ("FR", "GB", "DE"), _pairs(
        "지우=jiwoo 서연=seoyeon 민준=minjun 하은=haeun 도윤=doyun"),
        _pairs("김=kim 이=lee 박=park 최=choi 정=jung 강=kang"), "{family}{given}"),
    People("ja", 2, ("FR", "GB", "DE"), _pairs(
        "陽菜=haruna 美咲=misaki 蓮=ren 大輔=daisuke 直子=naoko"),
        _pairs("佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe"),
        "{family} {given}"),
)  # fmt: skip

TOWNS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "lyon": ("Lyon", ("69001", "69002", "69003", "69006"), (
        "rue Mercière", "rue Sainte-Catherine", "cours Gambetta", "rue de Créqui",
        "quai Saint-Antoine", "rue Duguesclin")),
    "nice": ("Nice", ("06000", "06300"), (
        "rue de France", "rue Bonaparte", "boulevard Gambetta", "rue Cassini")),
    "paris": ("Paris", ("75003", "75004", "75010", "75011"), (
        "rue de Turenne", "rue Oberkampf", "rue des Archives", "boulevard Voltaire",
        "rue de Bretagne", "rue Saint-Maur")),
    "hamburg": ("Hamburg", ("20249", "20251", "22299"), (
        "Eppendorfer Landstraße", "Isestraße", "Hegestraße", "Lehmweg", "Maria-Louisen-Straße")),
    "berlin": ("Berlin", ("10119", "10405", "10435"), (
        "Torstraße", "Kastanienallee", "Schönhauser Allee", "Linienstraße", "Rykestraße")),
    "london": ("London", ("W1U 4QS", "NW1 6XE", "W1G 8ND", "NW8 7HA"), (
        "Baker Street", "Crawford Street", "Chiltern Street", "Wimpole Street",
        "St John's Wood Road")),
}  # fmt: skip
