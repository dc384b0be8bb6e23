import Testing

@testable import Bundles

@Suite struct VersionOrderTests {
    private static let ascending = [
        "0", "0.0.1", "0.9", "0.10", "1.0-alpha", "1.0-alpha.1", "1.0-alpha.beta", "1.0-beta", "1.0-beta.2",
        "1.0-beta.11",
        "1.0-rc.1", "1.0", "1.0.0.1", "1.2.9", "1.2.10", "1.10", "2024.01.09", "2024.1.10", "99999999999999999999999.0",
        "100000000000000000000000.0",
    ]

    @Test func `versions are ordered as people expect it`() {
        for (index, older) in Self.ascending.enumerated() {
            for newer in Self.ascending[(index + 1)...] {
                #expect(VersionOrder(older) < VersionOrder(newer), "\(older) < \(newer)")
                #expect(!(VersionOrder(newer) < VersionOrder(older)), "\(newer) < \(older)")
            }
        }
    }

    @Test(arguments: [
        ("1.0", "1.0.0"), ("v1.2", "1.2"), ("1.2+build.7", "1.2+build.8"), ("01.002", "1.2"), ("1_2", "1.2"),
    ])
    func `what makes no difference makes none`(one: String, other: String) {
        #expect(VersionOrder(one) == VersionOrder(other) || one.contains("+"))
        #expect(!(VersionOrder(one) < VersionOrder(other)) && !(VersionOrder(other) < VersionOrder(one)))
    }
}
