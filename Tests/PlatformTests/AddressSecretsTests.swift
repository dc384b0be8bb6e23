import Platform
import Testing

@Suite struct AddressSecretsTests {
    /// The canary is the secret; nothing of it may be left.
    @Test(arguments: [
        "http://corp:canary@PROXY", "http://corp:s3canary@t:w%25canary@PROXY:3128",
        "http://corp:canary/canary@proxy:1/",
        "http://canary:canary?canary#canary@h/", "http://u:can\"ary'canary@h", "https://canary@host.example/x",
        "https://host.example/x?sig=canary", "http://canary:canary@[::1]:80/x?canary", "socks5h://u:80canary@h",
        "http://first.last:1canary/canary@h", "//x http://a:b http://u:canary@h",
        "a=http://x,b=http://u:canary@h.example",
        "https://cache.example/https://user:canary@h.example/x", "E: http://u:canary@h/ http://v:canary@h/",
        "Unsupported proxy syntax in 'http://corp:canary@t:w%25canary@PROXY': Bad hostname",
    ])
    func `user, password and query of any address are hidden`(text: String) {
        let hidden = AddressSecrets.hidden(in: text)
        #expect(!hidden.contains("canary") && !hidden.contains("ary'"), "\(hidden)")
        #expect(hidden.contains("‹secret›"))
        #expect(AddressSecrets.hidden(in: hidden) == hidden)
    }

    @Test(arguments: [
        "", "no address", "https://host.example/@scope/x@1.0", "file:///srv/x@1/y", "http://localhost:8080/@x",
        "http://[::1]:80/a@b", "is it https://host.example/x? yes", "mail a@b, see https://host.example", "a://b://c",
        "https://host.example:443: refused",
    ])
    func `what is no secret stays`(text: String) {
        #expect(AddressSecrets.hidden(in: text) == text)
    }

    /// A server may send so many in one header; the thread's stack is small.
    @Test(arguments: [
        ("://", "https://c.example/p", "https://c.example/p"),
        ("https://a.b/", "https://u:canary@h/x?canary", "https://‹secret›@h/x?‹secret›"),
    ])
    func `addresses within addresses are hidden however many there are`(
        piece: String, last: String, shown: String
    ) async {
        let many = "x://a.b/" + String(repeating: piece, count: 100_000)
        let hidden = await onOwnThread { () throws(Never) in AddressSecrets.hidden(in: many + last) }
        // Not compared inside #expect, which would print it all.
        let isRight = hidden == many + shown
        #expect(isRight)
    }

    @Test func `where the address ends the text goes on`() {
        let hidden = AddressSecrets.hidden(
            in: "Err:1 http://u:p w@deb.example bookworm\nhttps://v:p@deb.example/x?s=1\tend")
        #expect(hidden == "Err:1 http://u:p w@deb.example bookworm\nhttps://‹secret›@deb.example/x?‹secret›\tend")
    }
}
