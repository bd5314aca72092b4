import type { LetterTexts } from "#rights";

const CLOSE = "Ihr Zeichen: {reference}. So erreichen Sie uns: {contact}.";
const COMPLAIN = "Sie können sich bei Ihrer Datenschutzaufsicht beschweren und vor Gericht gehen.";
const ASKED_ON = "Am {received} haben Sie von {controller} verlangt: {asked}.";

/** The letters of requests in German, as an application gives them. */
export const GERMAN: LetterTexts = {
  names: { litigation: "ein Rechtsstreit", "tax-law": "das Steuerrecht", support: "Kundendienst" },
  templates: {
    proof: {
      title: "Haben Sie das verlangt?",
      paragraphs: [
        "Am {received} wurde in Ihrem Namen von {controller} verlangt: {asked}.",
        "Wenn Sie es waren, nennen Sie uns den Code, den wir Ihnen schicken.",
        "Unsere Antwort haben Sie spätestens am {answerBy}.",
        CLOSE,
      ],
    },
    acknowledgement: {
      title: "Wir haben Ihre Anfrage erhalten",
      paragraphs: [
        ASKED_ON,
        "Vorab: {first}",
        "Unsere Antwort haben Sie spätestens am {answerBy}.",
        CLOSE,
      ],
    },
    extension: {
      title: "Unsere Antwort braucht länger",
      paragraphs: [
        ASKED_ON,
        "Bis zum {extendedFrom} schaffen wir es nicht, denn {extensionReason}. Unsere Antwort haben Sie spätestens am {answerBy}.",
        "{explanation}",
        COMPLAIN,
        CLOSE,
      ],
    },
    answer: {
      title: "Unsere Antwort",
      paragraphs: [
        ASKED_ON,
        "{did}",
        "Nicht alles war möglich. {kept}",
        "{final}",
        "Informiert sind: {told}.",
        "Noch zu informieren sind: {untold}.",
        "Noch zu ändern sind: {unchanged}.",
        "{explanation}",
        COMPLAIN,
        CLOSE,
      ],
    },
    denial: {
      title: "Wir können das nicht tun",
      paragraphs: [
        ASKED_ON,
        "Wir tun es nicht, denn {denialReason} ({denialArticle}).",
        "{explanation}",
        COMPLAIN,
        CLOSE,
      ],
    },
    lift: {
      title: "Wir verwenden Ihre Daten wieder",
      paragraphs: [ASKED_ON, "Der Grund dafür ist entfallen.", "{explanation}", CLOSE],
    },
  },
  phrases: {
    asked: {
      access: "eine Kopie Ihrer Daten",
      erasure: "die Löschung Ihrer Daten",
      rectification: "die Berichtigung Ihrer Daten",
      restriction: "die Einschränkung der Verarbeitung",
      portability: "Ihre Daten in einem übertragbaren Format",
      objection: "das Ende der Verwendung für bestimmte Zwecke",
      "opt-out": "keinen Verkauf und keine Weitergabe Ihrer Daten",
      accounting: "eine Liste der Empfänger Ihrer Gesundheitsdaten",
      "limit-use": "die Verwendung Ihrer sensiblen Daten nur, soweit nötig",
    },
    denied: {
      "suspected-fraud": "wir zweifeln, dass die Anfrage von Ihnen kommt",
      "insufficient-verification":
        "wir konnten nicht feststellen, dass die Anfrage von Ihnen kommt",
      "no-match": "unter diesem Namen haben wir niemanden gefunden",
      "claim-not-covered": "das Gesetz gibt dieses Recht nicht",
      "too-many-requests": "es waren mehr Anfragen an einem Tag, als wir prüfen können",
      "manifestly-unfounded": "die Anfrage ist offenkundig unbegründet",
      excessive: "die Anfrage wiederholt frühere zu oft",
      "freedom-of-expression": "die Daten dienen der freien Meinungsäußerung",
      "legal-obligation": "ein Gesetz verpflichtet uns, die Daten zu behalten",
      "public-health": "die Daten dienen der öffentlichen Gesundheit",
      research: "die Löschung machte Forschung unmöglich",
      "legal-claims": "die Daten dienen Rechtsansprüchen",
      "compelling-grounds": "zwingende Gründe überwiegen; sie stehen unten",
      "rights-of-others": "die Antwort verletzte die Rechte anderer",
      "psychotherapy-notes": "Notizen der Psychotherapie sind ausgenommen",
      "legal-proceeding": "die Daten gehören zu einem Verfahren",
      "not-created-by-us": "der Eintrag stammt nicht von uns",
      "not-in-record-set": "über Sie wird daraus nicht entschieden",
      "not-open-to-access": "der Eintrag ist von der Auskunft ausgenommen",
      "accurate-and-complete": "der Eintrag ist richtig und vollständig",
      other: "den Grund nennen wir unten",
    },
    extended: {
      complexity: "die Anfrage ist komplex",
      "number-of-requests": "es sind viele Anfragen",
      "off-site": "die Daten liegen an einem anderen Ort",
    },
    said: {
      first: { one: "Wir haben eine Erinnerung.", other: "Wir haben {count} Erinnerungen." },
      copy: "Einträge in Ihrer Kopie: {count}.",
      leftOut: "An {count} Stellen fehlt etwas, das wir haben: {reasons}.",
      heldBack: "Nicht darin sind weitere Einträge ({count}): {reasons}.",
      accounted: "Zeilen der Liste: {count}.",
      portable: "Einträge in Ihrem Paket: {count}.",
      erased: {
        one: "Wir haben eine Erinnerung gelöscht.",
        other: "Wir haben {count} Erinnerungen gelöscht.",
      },
      erasedElsewhere: "In anderen Systemen gelöscht: {count}.",
      backupsElsewhere: "Sicherungen von {system} enden spätestens am {until}.",
      corrected: "Berichtigt: {count}.",
      restricted: "Ihre Daten werden gespeichert und nicht verwendet.",
      stopped: "Ihre Daten dienen nicht mehr: {purposes}.",
      neverUsed: "Ihre sensiblen Daten wurden nur verwendet, soweit nötig.",
      notShared: "Ihre Daten werden weder verkauft noch weitergegeben ({purposes}).",
      anyPurpose: "keinem Zweck dieser Art",
      erasedMeanwhile: "Ihre Daten wurden inzwischen gelöscht.",
      keptByHold: "Ein Verfahren hält {count} fest.",
      keptFor: "Vorerst behalten wir {count}: {reason}.",
      keptIn: "In {system} behalten wir {count} ohne Ihren Namen: {ground}.",
      keptInUntil: "In {system} behalten wir {count} ohne Ihren Namen: {ground}, bis {until}.",
      keptAsIs: "Ein Verfahren hält Einträge fest, wie sie sind.",
      notThere: "Manche Einträge gibt es nicht mehr.",
      notTellable: "{system} war nicht zu erreichen.",
      notWorthTelling: "{system} zu informieren wäre unverhältnismäßig.",
      final: "Das ist endgültig.",
      finalBy: "Das ist noch nicht endgültig: Sicherungen enden am {until}.",
      finalOpen: "Das ist noch nicht endgültig: Sicherungen enden an keinem bekannten Tag.",
      finalSoon: "Das ist noch nicht endgültig: alte Schlüssel sind noch zu zerstören.",
    },
  },
};
