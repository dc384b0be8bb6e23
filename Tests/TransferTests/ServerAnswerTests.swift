import Testing

@testable import Transfer

@Suite struct ServerAnswerTests {
    @Test(arguments: [
        ("<!DOCTYPE html>", ServerAnswer.Kind.page), ("\n <?xml", .page), ("\u{feff}<html>", .page), ("", .nothing),
        ("version https://git-lfs.github.com/spec/v1\n", .pointer), ("{\"error\": 1}", .text), ("\u{1f}\u{8b}", .data),
        ("ustar\u{0}", .data),
    ])
    func `it tells a page from an archive`(body: String, kind: ServerAnswer.Kind) {
        let answer = ServerAnswer(200, [:], beginning: body.utf8)
        #expect(answer.kind == kind)
        #expect(!answer.hint.isEmpty)
    }

    @Test func `it says what came, escaped and cut short`() {
        let body = "<p class=\"x\">\u{1b}[2J\n\u{202e}" + String(repeating: "y", count: 100)
        let headers = ["content-type": "text/html; charset=\u{7}utf-8", "content-length": "94"]
        let words = ServerAnswer(200, headers, beginning: body.utf8).words
        #expect(
            words.hasPrefix(
                #"text/html; charset=\u{7}utf-8, 94 bytes, beginning "<p class=\"x\">\u{1b}[2J\n\u{202e}yyy"#))
        #expect(words.utf8.count < 150)
        #expect(ServerAnswer(202, [:], beginning: []).words == "no byte of content (status 202)")
    }
}
