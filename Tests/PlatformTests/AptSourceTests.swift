import Platform
import Testing

@Suite struct AptSourceTests {
    private static func source(
        _ name: String = "own", uris: [String] = ["https://h/deb"], suites: [String] = ["stable"],
        components: [String] = ["main"]
    ) -> AptSource { AptSource(name: name, uris: uris, suites: suites, components: components) }

    @Test func `a source is four fields, and a folder three`() {
        #expect(
            Self.source(suites: ["a", "a/updates"], components: ["main", "contrib"]).fields
                == "Types: deb\nURIs: https://h/deb\nSuites: a a/updates\nComponents: main contrib\n")
        #expect(Self.source(suites: ["./"], components: []).fields == "Types: deb\nURIs: https://h/deb\nSuites: ./\n")
        #expect(Self.source().path == "/etc/apt/sources.list.d/own.sources")
        #expect(AptSource.isFile(Self.source().path) && Self.source().flaw == nil)
    }

    @Test(arguments: [
        "/etc/apt/sources.list", "/etc/apt/sources.list.d/.sources", "/etc/apt/sources.list.d/own.list",
        "/etc/apt/sources.list.d/a/own.sources", "/etc/apt/sources.list.d/../own.sources", "own.sources",
        "/etc/apt/sources.list.d/-x.sources", "/etc/apt/sources.list.d/Own.sources", "/etc/apt/keyrings/own.sources",
    ])
    func `nothing else is a source's file`(path: String) { #expect(!AptSource.isFile(path)) }

    @Test(arguments: [
        "https://h/deb", "http://deb.debian.org/debian", "file:///srv/deb", "https://h:8443/a:/b:/v1%2b/",
        "http://[::1]/d",
    ])
    func `a URI is taken`(uri: String) { #expect(AptSource.isURI(uri)) }

    @Test(arguments: [
        "", "https://", "ftp://h/", "cdrom:[x]/", "HTTPS://h/", "https://user:word@h/", "https://h/?token=x",
        "https://h/#a",
        "https://h/a b", "https://h/a\nTrusted: yes", "file://h/srv", "file:///../etc", "https://h/../x",
        "mirror+https://h/",
        "https://h/a\tb", "https://h/\u{301}", "https://-x/", "copy:/srv", "https://h/$(ARCH)",
        "[trusted=yes] https://h/",
    ])
    func `no other is: what is no plain address could say more to apt`(uri: String) {
        #expect(!AptSource.isURI(uri))
        #expect(Self.source(uris: [uri]).flaw == uri)
    }

    @Test(arguments: ["", "-x", "a b", "a\nb", "..", "a/../b", "a#", "$(ARCH)", "a,b", "\u{fc}"])
    func `a suite is one plain word, and so is a component`(text: String) {
        #expect(!AptSource.isSuite(text) && !AptSource.isComponent(text))
        #expect(Self.source(suites: [text]).flaw != nil && Self.source(components: [text]).flaw != nil)
    }

    @Test func `a folder has no components, all else has`() {
        #expect(Self.source(suites: ["./"]).flaw != nil && Self.source(components: []).flaw != nil)
        #expect(Self.source(suites: ["a", "./"]).flaw != nil && Self.source(suites: ["/"], components: []).flaw == nil)
        #expect(Self.source(uris: []).flaw != nil && Self.source(suites: []).flaw != nil)
        #expect(Self.source(suites: Array(repeating: "a", count: 17)).flaw != nil)
    }
}
