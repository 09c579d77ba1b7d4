"""Articles of a news agency that there is not, for where the sample articles
are not: the tests that take any articles run on these.

15,000 in English, about as long as a wire service's, with words as frequent
as Zipf has them, in subjects that have words and phrases of their own, with
the headlines, datelines, paragraphs, abbreviations and numbers of such texts;
and 260 in 13 languages, of sentences written for this.  They are the same in
each run.
"""

import itertools
import random

ARTICLES = 15000

# by falling frequency
COMMON = """
the of to in said and a mln for it dlrs on is pct by be from its that will at
with year has was U.S. an as would not billion company he which but this stock
have or market also up were bank new last had one corp trade are been shares
inc cts more oil sales prices about net than co first after government they
quarter under other price month if share rates there some dlr two could may
rate interest their over Feb total foreign March February week agreement group
expected January three today spokesman officials no can exchange dollar profit
between income international made earnings all operations increase current
financial any major into loss during debt offer because we interests added time
told analysts record issue ended banks industry due reported board against
growth profits production companies countries most make tax before economic
Japan Japanese says next when since however based earlier commission public
markets statement unit assets common states sources terms national ministry
growers deficit plans subject investment early such four statements capital
plan president end rise cut buy sell hold five report level part minister pay
strong low high while including state both economy official much high should
president general american demand world crude gas exports imports export import
output budget policy surplus dealers central england germany west london york
tokyo paris news members meeting talks lower higher raise raised fell rose
""".split()

SUBJECTS = {
    "earn": """shr net revs cts loss qtr mths avg profit dividend record payable
        prior year quarter earnings share gains tax charge results""",
    "acq": """merger takeover stake acquire bid shareholders tender purchase
        holders buyout undisclosed subsidiary definitive acquisition group""",
    "money-fx": """dollar yen bank money currency intervention dealers mark
        treasury stg england rates central stability monetary""",
    "crude": """oil crude barrel barrels opec gas petroleum refinery saudi
        drilling energy output bpd pipeline exploration price prices""",
    "grain": """wheat corn tonnes grain farm soybean usda acreage harvest crop
        farmers agriculture shipment rice barley bushels""",
    "trade": """trade tariff deficit imports exports japan surplus gatt quotas
        semiconductor protectionist sanctions reagan dispute retaliation""",
    "interest": """rate rates prime lending discount fed repurchase reserves
        basis point cut raise bills bundesbank yields""",
    "ship": """ship vessel port tanker strike cargo crew shipping gulf docks
        seamen harbour iran waterway captain""",
    "storm": """hurricane storm flood damage losses insurers coast florida
        landfall wind claims evacuated workers compensation catastrophe""",
    "cocoa": """cocoa buffer ghana bahia icco crop temporao beans delegates
        arrivals consumers producers quota stocks""",
}

PHRASES = {
    "earn": ["mln dlrs", "vs loss", "per share", "net income", "4th qtr"],
    "acq": ["common stock", "letter of intent", "mln dlrs", "tender offer",
            "subject to approval"],
    "money-fx": ["Bank of England", "interest rates", "exchange rates",
                 "the U.S. dollar", "money market"],
    "crude": ["crude oil prices", "crude oil", "oil prices", "oil and gas",
              "mln barrels", "price of oil"],
    "grain": ["mln tonnes", "soviet union", "export enhancement program"],
    "trade": ["trade deficit", "the United States", "trade with Japan",
              "import quotas", "trade surplus"],
    "interest": ["interest rates", "the Bank of Japan", "prime rate",
                 "one-half point", "discount rate"],
    "ship": ["persian gulf", "supply ship", "port authority"],
    "storm": ["heavy rain", "workers compensation", "insured losses",
              "wind speeds", "hurricane losses"],
    "cocoa": ["buffer stock", "cocoa council", "cocoa beans"],
}

PLACES = """LONDON TOKYO WASHINGTON CHICAGO PARIS SYDNEY ACCRA OSLO MIAMI
    BONN ZURICH DETROIT HOUSTON ROME""".split() + ["NEW YORK", "SAO PAULO"]
ABBREVIATED = ["U.S.", "Corp.", "Inc.", "Dr. Smith", "No. 3", "AT&T", "St. Louis",
               "E.C.", "Mr. Baker"]
# sounds of the words that only some articles have
ONSETS = "b br c cl d dr f fl g gr h j k l m n p pl pr qu r s sh st t tr v w z"
NUCLEI = "a e i o u ai ea ou"
CODAS = ["", "n", "r", "l", "s", "t", "nd", "st", "ck", "m"]
ENDINGS = ["", "", "", "s", "ed", "ing", "er", "ation", "ly", "'s"]


def rare_words(rnd, count):
    """Words that nobody has, of two or three syllables."""
    made = {}
    while len(made) < count:
        word = "".join(rnd.choice(ONSETS.split()) + rnd.choice(NUCLEI.split())
                       + rnd.choice(CODAS) for _ in range(rnd.choice([2, 2, 3])))
        made[word + rnd.choice(ENDINGS)] = None
    return list(made)


class Writer:
    """Writes the English articles."""

    def __init__(self, seed):
        self.rnd = rnd = random.Random(f"newswire {seed}")
        self.words = COMMON + rare_words(rnd, 24000)
        self.weights = list(itertools.accumulate(
            1 / (n + 2.7) ** 1.08 for n in range(len(self.words))))
        self.subjects = list(SUBJECTS)
        # some subjects are in the news more than others
        self.often = list(itertools.accumulate(
            1 / (n + 1) for n in range(len(self.subjects))))
        self.own = {name: words.split() for name, words in SUBJECTS.items()}

    def number(self):
        rnd = self.rnd
        return rnd.choice([
            lambda: str(rnd.randint(1, 99)),
            lambda: f"{rnd.randint(1, 900)},{rnd.randint(0, 999):03}",
            lambda: f"{rnd.randint(0, 99)}.{rnd.randint(0, 99)} pct",
            lambda: f"{rnd.randint(1, 9)}-{rnd.randint(1, 9)}/8",
            lambda: str(rnd.randint(1970, 1995)),
        ])()

    def sentence(self, subject, length):
        rnd = self.rnd
        out = []
        for word in rnd.choices(self.words, cum_weights=self.weights,
                                k=length):
            roll = rnd.random()
            if roll < 0.16:
                word = rnd.choice(self.own[subject])
            elif roll < 0.20:
                word = rnd.choice(PHRASES[subject])
            elif roll < 0.24:
                word = self.number()
            elif roll < 0.25:
                word = rnd.choice(ABBREVIATED)
            elif roll < 0.27:
                word += ","
            elif roll < 0.275:
                word = f"<{word.upper().strip('.')}>"
            elif roll < 0.28:
                word = f'"{word}"'
            elif roll < 0.285:
                word = f"{word}-{rnd.choice(self.own[subject])}"
            out.append(word)
        text = " ".join(out)
        return text[0].upper() + text[1:] + rnd.choice([".", ".", ".", ".", "?"])

    def body(self, subject, day):
        """Lines of sixty characters, paragraphs indented by four."""
        rnd = self.rnd
        if subject == "earn" and rnd.random() < 0.5:
            return self.figures()
        lines = []
        for number in range(min(12, 1 + int(rnd.expovariate(0.3)))):
            text = " ".join(self.sentence(subject, rnd.randint(5, 26))
                            for _ in range(rnd.choice([1, 1, 2, 3])))
            if number == 0:
                text = f"{rnd.choice(PLACES)}, {day} - {text}"
            line = "   " if number else ""
            for word in text.split():
                if len(line) + len(word) > 60:
                    lines.append(line)
                    line = word
                else:
                    line += " " * bool(line) + word
            lines.append(line)
        return "\n".join(lines + [" Reuter"])

    def figures(self):
        """A table of a company's quarter."""
        rnd = self.rnd
        lines = []
        for what in rnd.sample(["Shr", "Net", "Revs", "Avg shrs",
                                "Nine mths", "Year"], rnd.randint(2, 5)):
            unit = rnd.choice([" cts", " dlrs", " mln", ""])
            lines.append(f"{what} {rnd.randint(1, 99)}{unit} vs "
                         f"{rnd.choice(['', 'loss '])}{rnd.randint(1, 99)}{unit}")
        if rnd.random() < 0.4:
            lines.append("    NOTE: " + self.sentence("earn", 12))
        return "\n    ".join(lines + ["Reuter"])

    def article(self):
        rnd = self.rnd
        subject, = rnd.choices(self.subjects, cum_weights=self.often)
        seconds = int(rnd.random() ** 0.8 * 200 * 86400)
        month, day = divmod(seconds // 86400, 28)
        date = f"1987-{month + 2:02}-{day + 1:02} {seconds // 3600 % 24:02}:" \
            f"{seconds // 60 % 60:02}:{seconds % 60:02}"
        headline = self.sentence(subject, rnd.randint(3, 9)).upper()[:-1]
        return (date, subject if rnd.random() < 0.8 else None, headline,
                self.body(subject, f"Feb {day + 1}"))


def english():
    """Rows of (id, pub_date, topic, headline, body)."""
    writer = Writer(1)
    made = sorted((writer.article() for _ in range(ARTICLES)),
                  key=lambda article: article[0])
    for number, article in enumerate(made, 1):
        yield number, *article


# Sentences about weather, trade, and what people do.
SENTENCES = {
    "ar": """هطلت أمطار غزيرة على الساحل مساء أمس.|قال الوزير إن الأسعار سترتفع هذا العام.|أغلقت المدارس أبوابها بسبب العاصفة.|يعمل المزارعون في الحقول منذ الصباح الباكر.|وصلت السفينة إلى الميناء بعد ثلاثة أيام.|تتوقع الشركة أرباحا أكبر في الربع القادم.|اشترى الناس الخبز والماء قبل الإعصار.""",
    "de": """Ein schwerer Sturm traf gestern die Küste.|Die Versicherer rechnen mit hohen Schäden.|Der Minister kündigte niedrigere Steuern an.|Viele Häuser in der Straße wurden überflutet.|Die Bauern hoffen auf eine gute Ernte.|Das Schiff erreichte den Hafen erst nach drei Tagen.|Öl und Gas wurden im Frühjahr teurer.""",
    "fr": """Une forte tempête a frappé la côte hier soir.|Les assureurs s’attendent à des pertes élevées.|Le ministre a annoncé une baisse des impôts.|L’école est restée fermée à cause des inondations.|Les agriculteurs espèrent une bonne récolte cet été.|Le navire est arrivé au port après trois jours.|Le prix du pétrole a encore augmenté.""",
    "hi": """कल शाम तट पर भारी बारिश हुई।|किसान अच्छी फसल की आशा कर रहे हैं।|मंत्री ने कहा कि कीमतें बढ़ेंगी।|तूफान के कारण स्कूल बंद रहे।|जहाज तीन दिन बाद बंदरगाह पहुँचा।|लोगों ने पानी और रोटी खरीदी।|कंपनी को अधिक लाभ की उम्मीद है।""",
    "ja": """昨日の夜、強い台風が海岸を襲った。|大臣は物価が上がると述べた。|学校は洪水のため休みになった。|農家は良い収穫を期待している。|船は三日後に港に着いた。|会社は来期の利益が増えると見ている。|東京では多くの人が水とパンを買った。""",
    "km": """ភ្លៀងធ្លាក់ខ្លាំងនៅតាមឆ្នេរសមុទ្រកាលពីម្សិលមិញ។|កសិករសង្ឃឹមថានឹងទទួលបានផលល្អ។|រដ្ឋមន្ត្រីនិយាយថាតម្លៃនឹងកើនឡើង។|សាលារៀនបិទដោយសារព្យុះ។|កប៉ាល់បានមកដល់កំពង់ផែ។|ប្រជាជនទិញទឹកនិងអង្ករ។""",
    "ko": """어젯밤 강한 태풍이 해안을 덮쳤다.|장관은 물가가 오를 것이라고 말했다.|학교는 홍수 때문에 문을 닫았다.|농부들은 좋은 수확을 기대하고 있다.|배는 사흘 뒤에 항구에 도착했다.|회사는 다음 분기에 더 많은 이익을 예상한다.|많은 사람들이 물과 빵을 샀다.""",
    "lo": """ຝົນຕົກໜັກຢູ່ແຄມທະເລໃນມື້ວານນີ້.|ຊາວນາຫວັງວ່າຈະໄດ້ຜົນຜະລິດດີ.|ລັດຖະມົນຕີກ່າວວ່າລາຄາຈະເພີ່ມຂຶ້ນ.|ໂຮງຮຽນປິດຍ້ອນພາຍຸ.|ກຳປັ່ນມາຮອດທ່າເຮືອແລ້ວ.|ປະຊາຊົນຊື້ນ້ຳແລະເຂົ້າ.""",
    "my": """မနေ့က ကမ်းရိုးတန်းတွင် မိုးသည်းထန်စွာ ရွာခဲ့သည်။|လယ်သမားများသည် ရိတ်သိမ်းမှု ကောင်းရန် မျှော်လင့်ကြသည်။|ဝန်ကြီးက ဈေးနှုန်းများ တက်မည်ဟု ပြောသည်။|မုန်တိုင်းကြောင့် ကျောင်းများ ပိတ်ထားသည်။|သင်္ဘောသည် ဆိပ်ကမ်းသို့ ရောက်လာသည်။|လူများသည် ရေနှင့် ဆန် ဝယ်ကြသည်။""",
    "ru": """Вчера вечером сильная буря обрушилась на побережье.|Министр сказал, что цены вырастут.|Школы были закрыты из-за наводнения.|Крестьяне надеются на хороший урожай.|Корабль пришёл в порт через три дня.|Компания ждёт большей прибыли в новом квартале.|Люди покупали хлеб и воду.""",
    "th": """เมื่อวานนี้ฝนตกหนักตามชายฝั่งทะเล|ชาวนาหวังว่าจะได้ผลผลิตดี|รัฐมนตรีกล่าวว่าราคาน้ำมันจะสูงขึ้น|โรงเรียนปิดเพราะน้ำท่วม|เรือมาถึงท่าเรือหลังจากสามวัน|บริษัทคาดว่าจะมีกำไรมากขึ้น|ประชาชนซื้อน้ำและข้าว""",
    "tr": """Dün akşam kıyıyı güçlü bir fırtına vurdu.|Bakan fiyatların artacağını söyledi.|Okullar sel yüzünden kapalı kaldı.|Çiftçiler iyi bir hasat umuyor.|Gemi üç gün sonra limana ulaştı.|Şirket gelecek çeyrekte daha çok kâr bekliyor.|İnsanlar İstanbul’da su ve ekmek aldı.""",
    "zh": """昨天晚上，强台风袭击了海岸。|部长说物价将会上涨。|学校因为洪水而关闭。|农民希望今年有好收成。|船在三天以后到达港口。|公司预计下个季度利润增加。|许多人在北京买了水和面包。""",
}


def multilingual():
    """Rows of (id, lang, pub_date, source, headline, body)."""
    number = 0
    for lang, text in SENTENCES.items():
        rnd = random.Random(f"newswire {lang}")
        sentences = text.split("|")
        joint = "" if lang in ("ja", "zh") else " "
        for _ in range(20):
            number += 1
            head, *rest = rnd.sample(sentences, rnd.randint(4, len(sentences)))
            paragraphs = [joint.join(rest[:2]), joint.join(rest[2:])]
            if rnd.random() < 0.5:
                paragraphs.append(joint.join(rnd.sample(sentences, 3)))
            yield (number, lang, f"2024-{number % 12 + 1:02}-{number % 28 + 1:02} "
                   "08:00:00", "newswire", head.rstrip(".।。។။"),
                   "\n\n".join(p for p in paragraphs if p))


def copy_lines(rows):
    """What COPY reads, as bytes."""
    for row in rows:
        yield ("\t".join(
            r"\N" if value is None else str(value).replace("\\", r"\\")
            .replace("\t", r"\t").replace("\n", r"\n") for value in row)
            + "\n").encode()


# by the name of the sample that they stand in for
INSTEAD = {"reuters_dev.copy.gz": english,
           "multilingual_sample.copy.gz": multilingual}
