import Testing

/// Texts after the manner of JSONTestSuite, each with the answer that is right.
struct JSONCase: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let isGood: Bool
    var testDescription: String {
        String(String(decoding: bytes.prefix(60), as: UTF8.self).map { $0 == "\n" ? "⏎" : $0 })
    }

    init(_ bytes: [UInt8], isGood: Bool) {
        self.bytes = bytes
        self.isGood = isGood
    }

    static let all = good + bad + decided

    /// y: what the standard allows.
    static let good = [
        "[]", "{}", "[[]]", #"{"":0}"#, "[-0]", "[0e+1]", "[0E-1]", "[1.5e300]", "[123456789012345678901234567890]",
        "[0.0]", "[-0.5]", "[1E22]", "[0]", "[10]", "[1.25e-7]", "[9223372036854775807]", "[-9223372036854775808]",
        #"["\u0000"]"#, #"["\uD834\udd1e"]"#, #"["\"\\\/\b\f\n\r\t"]"#, "[\"\u{7f}\"]", "[\"\u{2028}\"]",
        #"["\u00E9\ufffF"]"#,
        "[\"\u{10ffff}\"]", "[\"\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\"]", "[\"\u{feff}\"]", "[\"“a”\u{a0}\u{200b}\"]",
        "\t[\r\n ]\n", " null ", "null", "true", "false", #""""#, #"" ""#, "-1", "0", #"{"a":{"b":[1,{"c":null}]}}"#,
        #"{"a":1,"b":2}"#, #"{"a":1,"A":2,"\u0062":3}"#, #"{"a\u0000b":1,"a":2}"#, "{\"\u{e9}\":1,\"e\u{301}\":2}",
        "[1,true,false,null,\"\",{},[]]", ##"["//","/*","#","'"]"##, #"[" \" : , ] } "]"#,
        nested(31),
    ].map { JSONCase(Array($0.utf8), isGood: true) }

    /// n: what it forbids.
    static let bad =
        [
            "", " ", "[", "]", "{", "}", "[1", "[1,", "[,1]", "[1,,2]", "[1,]", "[1 2]", "[1;2]", "[,]", "[1,\n]",
            "{1:2}",
            #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"{"a"=1}"#, #"{"a":1 "b":2}"#, "{a:1}", "{'a':1}",
            "['a']", "{,}",
            #"{"a":1,,"b":2}"#, #"{"a"::1}"#, #"{"a":1:2}"#, #"{"a":"b","#, #"{"a":"#, #"{"a""#, #"{"a"#, "{null:1}",
            "{[]:1}",
            "[a]", "[True]", "[nul]", "[nulll]", "[NULL]", "[NaN]", "[Infinity]", "[-Infinity]", "[+1]", "[01]",
            "[-01]", "[1.]",
            "[.5]", "[-]", "[-.5]", "[00]", "[0x10]", "[1e]", "[1e+]", "[1.e1]", "[1_000]", "[--1]", "[1+2]", "[1e1.5]",
            "[1.2.3]", "[-a]", "[1a]", "[2.e3]", "[9.e+]", "[0e]", "[1 000]", "[\u{ff11}]", "[١]",
            #"["a]"#, #"["\x41"]"#, #"["\u12"]"#, #"["\u12G4"]"#, #"["\'"]"#, #"["\a"]"#, #"["\"#, #"["\u"#, #"["\"]"#,
            #"["\u00"]"#, #"["\uD800\u"]"#, #"["\U0041"]"#, #"["\ud834"]"#, #"["\udd1e"]"#, #"["\ud834\u0041"]"#,
            #"["\ud834x"]"#, #"["\ud834\ud834"]"#, "[\"a\nb\"]", "[\"a\tb\"]", "[\"\u{0}\"]", "[\"\u{1f}\"]", "[\u{0}]",
            "\u{0}",
            "[1]x", "[1][2]", "{}}", "[1}", "{\"a\":1]", "[]]", "1 2", "// c\n[]", "/* c */[]", "[] # c", "[1]//",
            "[/]", "[]/", "#",
            "\u{feff}[]", "\u{feff}", "[\u{a0}1]", "[\u{200b}]", "[\u{c}1]", "[\u{b}1]", "[“a”]", "[‘a’]", "{“a”:1}",
            "*", "'", "\"",
            "[\"a\",\n4\n,1,", "<.>", "[<null>]", "\u{2060}[]", "é", "[1]\u{2028}", "{\"a\":1}#", "\\", "[\\n]", "@",
            "`a`",
        ].map { JSONCase(Array($0.utf8), isGood: false) }
        + [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xc1, 0xbf, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22],
            [0x22, 0xe0, 0x80, 0xaf, 0x22], [0x22, 0xf0, 0x80, 0x80, 0xaf, 0x22], [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22], [0x22, 0x80, 0x22], [0x22, 0xc3], [0xff],
            [0x5b, 0xc3, 0x5d],
            [0x22, 0x5c, 0xc3, 0xa9, 0x22], [0xff, 0xfe, 0x7b, 0], [0xfe, 0xff, 0, 0x7b], [0x5b, 0, 0x5d, 0],
            [0, 0x5b, 0, 0x5d],
        ].map { JSONCase($0, isGood: false) }

    /// i: what it leaves to us.
    ///
    /// A name that stands twice is refused, and so is nesting that nobody needs; a number of any size is one, until somebody
    /// asks for an `Int64` or a `Double`.
    static let decided =
        [
            #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"[{"b":{"a":1,"":2,"":3}}]"#, nested(33), nested(100_000),
            manyNames(40, "3"),
        ]
        .map { JSONCase(Array($0.utf8), isGood: false) }
        + ["[1e400]", "[-1e999999]", "[1e-400]", "[0.4e00669999999999999999999]", nested(32), manyNames(40, "x")]
        .map { JSONCase(Array($0.utf8), isGood: true) }

    private static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    private static func manyNames(_ count: Int, _ last: String) -> String {
        "{\((0..<count).map { "\"\($0)\":0," }.joined())\"\(last)\":0}"
    }
}
