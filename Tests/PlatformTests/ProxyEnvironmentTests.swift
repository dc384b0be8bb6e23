import Platform
import Testing

@Suite struct ProxyEnvironmentTests {
    @Test(
        arguments: [
            (["https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"], "https", "http://a:1"),
            (["HTTPS_PROXY": "http://b:1", "all_proxy": "http://c:1"], "https", "http://b:1"),
            (["https_proxy": "", "ALL_PROXY": "socks5h://c"], "https", "socks5h://c:1080"),
            (["HTTP_PROXY": "http://b:1"], "http", nil), (["http_proxy": "p:3128"], "http", "http://p:3128"),
            (["http_proxy": "http://a:1"], "https", nil), (["all_proxy": "https://p/"], "http", "https://p:443"),
            (["https_proxy": "http://[::1]:3128"], "https", "http://[::1]:3128"),
        ] as [([String: String], String, String?)])
    func `the variables count as for curl`(variables: [String: String], scheme: String, expected: String?) throws {
        let environment = ProxyEnvironment { variables[$0] }
        #expect(try environment.proxy(for: scheme, host: "x.example")?.description == expected)
    }

    @Test(arguments: [
        ("x.example", true), (".example", true), ("example.", true), ("other, EXAMPLE", true), ("*", true),
        ("ample", false), ("y.x.example", false), ("", false), ("10.0.0.0/8", false),
    ])
    func `names in no_proxy are asked directly, with all below them`(list: String, expected: Bool) {
        #expect(ProxyEnvironment { $0 == "no_proxy" ? list : nil }.isExcepted("x.example") == expected)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.0/31", "10.1.2.1", true), ("fd00::/8", "fd01::1", true), ("fd00::/8", "10.0.0.1", false),
        ("[fd00::1]", "fd00::1", true), ("10.0.0.0/33", "10.0.0.0", false), ("1.2.3", "10.1.2.3", false),
    ])
    func `addresses in no_proxy may be networks`(list: String, host: String, expected: Bool) {
        #expect(ProxyEnvironment { $0 == "NO_PROXY" ? list : nil }.isExcepted(host) == expected)
    }

    @Test(arguments: [
        "http://corp:s3cr@t:w%25rd@PROXY", "http://u:a/b@p", "http://u:a?b@p", "http://u:a#b@p", "http://u:%zz@p",
        "http://u:%@p", "http://u:%00@p", "http://u:p w@p", "http://u:ä@p", "http://", "http://p:0", "http://p:x",
        "http://p:65536", "http://u:p@", "http://[::1", "http://p:80:80", "ftp://p", "u:a@b@p", "http://p|x",
    ])
    func `what names no proxy is refused by the variable's name, and not shown`(text: String) throws {
        let error = #expect(throws: ProxyError.self) { try ProxyAddress(text, variable: "all_proxy") }
        let words = try #require(error?.explanation)
        #expect(words.place == "all_proxy" && !words.hint.isEmpty)
        #expect(!words.problem.contains("s3cr") && !words.problem.contains("u:"))
    }

    @Test func `a password is known as a secret from then on, as it is written and as it is meant`() throws {
        let proxy = try ProxyAddress("http://corp:correct%40horse@p:3128", variable: "https_proxy")
        #expect("\(proxy) \(String(reflecting: proxy))" == "http://p:3128 http://p:3128")
        #expect(proxy.text == "http://corp:correct%40horse@p:3128")
        #expect(RevealedSecrets.hidden(in: "1 correct%40horse 2 correct@horse") == "1 ‹secret› 2 ‹secret›")
    }
}
