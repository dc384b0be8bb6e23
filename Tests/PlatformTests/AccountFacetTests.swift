import Platform
import Testing

@Suite struct AccountFacetTests {
    private static let facets: [AccountFacet] =
        [
            .group("docker"), .user("web"), .member("web", of: "docker"), .linger("web"),
        ]
        + AccountFacet.SubordinateKind.allCases.compactMap { kind in
            SubordinateRange("100000:65536").map { .subordinates("web", $0, kind) }
        }

    @Test func `what is said of a user in words is read back`() {
        #expect(Self.facets.count == 6)
        for facet in Self.facets { #expect(AccountFacet(facet.text) == facet, "\(facet.text)") }
    }

    @Test(arguments: ["", "user", "user a b", "group a b", "user a in", "user a subuid 1", "user a x 1:2", "users a"])
    func `nothing else is`(text: String) { #expect(AccountFacet(text) == nil) }

    @Test func `what this machine knows of root is there, and of nobody else`() throws {
        #expect(try AccountFacet.user("root").isThere() && AccountFacet.group("root").isThere())
        // By its own group's number, which lists nobody.
        #expect(try AccountFacet.member("root", of: "root").isThere())
        for facet in Self.facets.map(\.text) {
            let other = AccountFacet(
                facet.replacingBytes("web", with: "no-such").replacingBytes("docker", with: "none"))
            #expect(try other?.isThere() == false, "\(facet)")
        }
        #expect(try HostUser.number(of: "root") == 0)
        #expect(try HostUser.Attribute.home.current(of: "root") == "/root")
    }

    @Test(arguments: ["1:1", "100000:65536", "4294967294:1"])
    func `numbers in a row are a start and a count`(text: String) {
        #expect(SubordinateRange(text)?.description == text)
    }

    @Test(arguments: ["", "1", "0:1", "1:0", "01:1", "1:1:1", "-1:1", "a:1", "4294967295:1", "1:4294967295"])
    func `what begins with root, is none or is too much is no range`(text: String) {
        #expect(SubordinateRange(text) == nil)
    }
}
