/**
 * What the demo talks about: regions of the world with their language, hours, tags, phrases and names.
 *
 * All of it is made up. The scripts are there on purpose: accents, right-to-left, no spaces between words, half width,
 * quotes, line breaks and HTML entities are what real tweets break programs with.
 */

/** Where the demo's people live and how they write. */
export interface Region {
  /** as X writes it */
  lang: string
  /** of all tweets, 0 to 1; the regions add up to 1 */
  share: number
  /** of the local time to UTC, in half hours */
  utcOffsetHalfHours: number
  /** most used first, without '#' */
  tags: readonly string[]
  phrases: readonly string[]
  names: readonly string[]
  descriptions: readonly string[]
  places: readonly Place[]
}

export interface Place {
  id: string
  fullName: string
  name: string
  type: 'city' | 'admin' | 'country'
  country: string
  countryCode: string
  /** degrees east and north of its middle */
  longitude: number
  latitude: number
}

/** Share of a region's tweets made in each local hour, 0 h to 23 h: a night, a lunch break, an evening. Mean 1. */
export const DAILY_CURVE: readonly number[] = scaledToMeanOne([
  38, 22, 14, 10, 10, 16, 34, 58, 78, 86, 92, 104, 118, 112, 98, 96, 102, 114, 130, 146, 158, 152, 120, 74,
])

function scaledToMeanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map(weight => weight / mean)
}

export const EMOJI = ['😀', '🔥', '💉', '🙏🏽', '👩🏻‍💻', '❤️', '⚽', '🇧🇷', '🤔', '🎉', '😷', '🌎'] as const

/** What X puts in `lang` where the text has no language of its own. */
export const NO_LANGUAGE = ['und', 'qme', 'qst', 'zxx'] as const

export const REGIONS: readonly Region[] = [
  {
    lang: 'pt',
    share: 0.34,
    utcOffsetHalfHours: -6,
    tags: ['covid19', 'vacina', 'eleições', 'futebol', 'VacinaSim', 'SãoPaulo', 'educação', 'carnaval'],
    phrases: [
      'bom dia, gente! mais um dia de fila no posto',
      'alguém sabe se amanhã tem reunião?',
      'não acredito no que acabei de ver na televisão',
      'a fila estava enorme, mas valeu a pena',
      'hoje tem jogo & churrasco na casa da vó',
      'ninguém me avisou que ia chover tanto',
      'disseram "fica tranquilo" e eu fiquei',
      'primeiro o café\ndepois a gente conversa',
    ],
    names: ['Jacira Antunes', 'Otávio Peçanha', 'Iolanda Brás', 'Caetana Quirino', 'Zé do Mirante', 'Leocádia Rosa'],
    descriptions: ['café, livros e gatos', 'professora aposentada • opiniões minhas', 'torcedor sofredor ⚽', ''],
    places: [
      place('d00d0001', 'Vila Serena, Brasil', 'Vila Serena', 'city', 'Brasil', 'BR', -46.61, -23.54),
      place('d00d0002', 'Porto das Pedras, Brasil', 'Porto das Pedras', 'city', 'Brasil', 'BR', -38.49, -12.96),
    ],
  },
  {
    lang: 'en',
    share: 0.2,
    utcOffsetHalfHours: -10,
    tags: ['covid19', 'vaccine', 'elections', 'climate', 'football', 'OpenScience', 'MondayMotivation'],
    phrases: [
      'just left the clinic and my arm still works',
      'has anyone else been waiting for an hour?',
      'the count is in &amp; nobody expected it',
      'reading the report so that you do not have to',
      'they said "ten minutes" and that was at noon',
      'a thread on what we know and what we don’t',
      'coffee first, questions later',
      'so proud of this team tonight',
    ],
    names: ['Maple Hartigan', 'Otis Pennywell', 'Juniper Vance', 'Rufus Okafor-Lind', 'Dot Bramble', 'Hal Quickly'],
    descriptions: ['data, mostly', 'Nurse. Runner. Reader.', 'he/him · views are my own · RT ≠ endorsement', ''],
    places: [
      place('d00d0003', 'Fairwater, OH', 'Fairwater', 'city', 'United States', 'US', -82.98, 39.96),
      place('d00d0004', 'Lower Hatch, England', 'Lower Hatch', 'admin', 'United Kingdom', 'GB', -1.81, 52.47),
    ],
  },
  {
    lang: 'es',
    share: 0.16,
    utcOffsetHalfHours: -10,
    tags: ['covid19', 'vacuna', 'elecciones', 'fútbol', 'cumpleaños', 'EducaciónPública', 'niñez'],
    phrases: [
      '¿a qué hora empieza el partido?',
      'feliz cumpleaños a la mejor hermana del mundo',
      'mañana será otro día, pero hoy no',
      'dicen que ya llegó, yo no vi nada',
      'el señor de la esquina tenía razón',
      'tres horas de fila y se fue la luz',
      'qué bonita noche para no dormir',
      'me quedé sin batería justo ahora',
    ],
    names: ['Ñusta Valverde', 'Ramiro Iñíguez', 'Pilar Ocampo', 'Eulalia Güiraldes', 'Tito Mendieta'],
    descriptions: ['periodista en construcción', 'mamá de dos y de un perro', 'hincha hasta el final', ''],
    places: [place('d00d0005', 'Santa Lumbre, México', 'Santa Lumbre', 'city', 'México', 'MX', -99.16, 19.41)],
  },
  {
    lang: 'ja',
    share: 0.1,
    utcOffsetHalfHours: 18,
    tags: ['ワクチン', 'アニメ', '選挙', '桜', '日本代表', 'ｶﾗｵｹ', 'ＲＴ希望'],
    phrases: [
      '今日も一日おつかれさまでした',
      '駅前がすごい人だった',
      '来週の予定がまだ決まらない',
      '朝から雨で電車が遅れている',
      'このお店のラーメン、最高です',
      '眠いのに眠れない夜',
    ],
    names: ['架空たろう', '見本はなこ', '例田いちろう', '仮名みどり'],
    descriptions: ['無言フォローごめんなさい', '猫と暮らしています', ''],
    places: [place('d00d0006', '見本市 架空区', '架空区', 'city', '日本', 'JP', 139.7, 35.68)],
  },
  {
    lang: 'ar',
    share: 0.06,
    utcOffsetHalfHours: 6,
    tags: ['كورونا', 'لقاح', 'انتخابات', 'كرة_القدم'],
    phrases: ['صباح الخير يا جماعة', 'هل هناك أخبار جديدة اليوم؟', 'شكرا لكل من ساعدنا', 'الجو جميل هذا المساء'],
    names: ['ليلى المثال', 'سامر النموذجي', 'نورة التجربة'],
    descriptions: ['قارئة وكاتبة', 'كل الآراء شخصية', ''],
    places: [place('d00d0007', 'مدينة المثال', 'مدينة المثال', 'city', 'مصر', 'EG', 31.24, 30.05)],
  },
  {
    lang: 'ru',
    share: 0.05,
    utcOffsetHalfHours: 6,
    tags: ['вакцина', 'выборы', 'футбол', 'ковид'],
    phrases: ['опять снег в апреле', 'кто-нибудь уже был там?', 'очередь на три часа', 'доброе утро всем, кто не спал'],
    names: ['Ёлка Примерова', 'Фёдор Образцов', 'Щукина Мария'],
    descriptions: ['люблю чай и тишину', 'просто инженер', ''],
    places: [place('d00d0008', 'Образцовск, Россия', 'Образцовск', 'city', 'Россия', 'RU', 37.62, 55.75)],
  },
  {
    lang: 'hi',
    share: 0.04,
    utcOffsetHalfHours: 11,
    tags: ['वैक्सीन', 'चुनाव', 'क्रिकेट'],
    phrases: ['आज बहुत गर्मी है', 'कल का मैच शानदार था', 'क्या किसी को खबर मिली?', 'सुबह की चाय सबसे अच्छी'],
    names: ['मीरा नमूना', 'अर्जुन उदाहरण'],
    descriptions: ['चाय और किताबें', ''],
    places: [place('d00d0009', 'नमूनापुर, भारत', 'नमूनापुर', 'city', 'भारत', 'IN', 77.21, 28.64)],
  },
  {
    lang: 'ko',
    share: 0.03,
    utcOffsetHalfHours: 18,
    tags: ['백신', '선거', '축구'],
    phrases: ['오늘 점심 뭐 먹지', '드디어 주말이다', '비가 너무 많이 온다', '다들 잘 자요'],
    names: ['가상의김', '견본이슬'],
    descriptions: ['커피와 산책', ''],
    places: [place('d00d000a', '견본시, 대한민국', '견본시', 'city', '대한민국', 'KR', 126.98, 37.57)],
  },
  {
    lang: 'iw',
    share: 0.02,
    utcOffsetHalfHours: 4,
    tags: ['חיסון', 'בחירות', 'צה״ל'],
    phrases: ['בוקר טוב לכולם', 'מישהו יודע מתי זה נגמר?', 'סוף סוף יש שמש'],
    names: ['דוגמה כהן', 'לדוגמא לוי'],
    descriptions: ['הדעות שלי בלבד', ''],
    places: [place('d00d000b', 'עיר לדוגמה, ישראל', 'עיר לדוגמה', 'city', 'ישראל', 'IL', 34.78, 32.08)],
  },
]

function place(
  id: string,
  fullName: string,
  name: string,
  type: Place['type'],
  country: string,
  countryCode: string,
  longitude: number,
  latitude: number,
): Place {
  return { id: `${id}0000beef`, fullName, name, type, country, countryCode, longitude, latitude }
}
