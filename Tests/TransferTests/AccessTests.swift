import Platform
import Testing

@testable import Transfer

@Suite struct AccessTests {
    private let url: SourceURL

    init() throws { url = try SourceURL("https://a.example/x?sig=1") }

    @Test(arguments: [
        ("abc.def", "Authorization: Bearer abc.def"), ("Basic dTpw", "Authorization: Basic dTpw"),
        ("Private-Token: x:y", "Private-Token: x:y"), ("a:b", "Authorization: Bearer a:b"),
    ])
    func `a line is a header, a value or a token`(line: String, header: String) throws {
        #expect(try Access(line, for: url).header(for: url) == header)
    }

    @Test(arguments: ["", "a\r\nHost: b", "a\nb", "a\u{0}b", "ü", "Host: evil", "range: bytes=0-", "Content-Length: 1"])
    func `what is no line, or would change the transfer, is refused and not shown`(line: String) {
        let error = #expect(throws: TransferError.self) { try Access(line, for: url) }
        #expect(error?.explanation.summary.contains("evil") == false)
    }

    @Test(arguments: [
        "http://a.example/x", "https://b.example/x", "https://a.example:444/x", "https://a.example.evil/x",
        "https://a.example@evil.example/x", "https://evil.example/a.example", "file:///a.example",
    ])
    func `another scheme, host or port is another server`(other: String) throws {
        #expect(try Access("token", for: url).header(for: SourceURL(probing: other)) == nil)
    }

    @Test(arguments: [
        "https://a.example:443/y", "https://A.Example/y", "https://user:pw@a.example/", "https://a.example:0443",
    ])
    func `the same server is known by any spelling`(other: String) throws {
        #expect(try Access("token", for: url).header(for: SourceURL(other)) != nil)
    }

    @Test func `no print and no dump shows it`() throws {
        let access = try Access("SECRET", for: url)
        var text = "\(access) \(String(reflecting: access)) \([access])"
        dump(access, to: &text)
        #expect(!text.contains("SECRET"))
    }
}
