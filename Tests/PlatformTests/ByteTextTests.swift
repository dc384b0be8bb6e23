import Platform
import Support
import Testing

@Suite struct ByteTextTests {
    @Test(arguments: MarkedTexts.marks)
    func `a separator is one whatever stands behind it`(mark: String) {
        #expect("a/\(mark)b//".parts(at: "/").map(String.init) == ["a", "\(mark)b", "", ""])
        #expect("a/\(mark)b//".parts(at: "/", omittingEmpty: true).map(String.init) == ["a", "\(mark)b"])
        #expect("a=\(mark)b=c".parts(at: "=", maxSplits: 1).map(String.init) == ["a", "\(mark)b=c"])
        #expect("/\(mark)a".hasFirstBytes("/") && "a/\(mark)".hasLastBytes("/\(mark)"))
        #expect("'\(mark)".escaping(["'": "Q"]).utf8.elementsEqual("Q\(mark)".utf8))
        #expect("a secret\(mark) b".replacingBytes("secret", with: "x").utf8.elementsEqual("a x\(mark) b".utf8))
    }

    @Test func `lines end with LF or CR LF`() {
        #expect("a\r\nb\n\u{301}c\r\n\r\n".byteLines.map(String.init) == ["a", "b", "\u{301}c", ""])
        #expect("".byteLines == [] && "a".byteLines == ["a"])
    }

    @Test func `controls are shown, and nothing else is changed`() {
        #expect("a\u{1b}\u{301}[31m\r\n\t\u{9b}é".withControlsShown == "a\\u{1b}\u{301}[31m\\u{d}\n\t\\u{9b}é")
    }

    @Test func `two spellings of one word have different bytes`() {
        #expect("\u{e9}" == "e\u{301}")
        #expect(!"\u{e9}".hasSameBytes(as: "e\u{301}") && !"\u{e9}x".hasFirstBytes("e\u{301}"))
    }

    @Test(arguments: MarkedTexts.marks)
    func `a secret is hidden though a mark stands behind it`(mark: String) {
        RevealedSecrets.remember("canary-5f1d-\(mark.utf8.count)\r\ncanary-5f1e-line")
        let text = "a canary-5f1d-\(mark.utf8.count)\(mark) b canary-5f1e-line\(mark)\r\n"
        #expect(RevealedSecrets.hidden(in: text).utf8.firstRange(of: "canary-5f1".utf8) == nil)
    }
}
