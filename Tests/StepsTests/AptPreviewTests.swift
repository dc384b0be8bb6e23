import Engine
import Platform
import Testing

@testable import Steps

@Suite struct AptPreviewTests {
    private static let simulation = """
        Reading package lists... Done
        Inst fish-common (3.6.0-3.1+deb12u1 Debian:12.15/oldstable [all])
        Inst jq [1.6-2.1+deb12u1] (1.6-2.1+deb12u3 Debian-Security:12/oldstable-security [amd64]) []
        Inst fish (3.6.0-3.1+deb12u1 Debian:12.15/oldstable [amd64])
        Conf fish (3.6.0-3.1+deb12u1 Debian:12.15/oldstable [amd64])
        Remv old [1.0]
        """

    @Test func `every package that would change is told with its versions`() {
        #expect(
            AptPreview(Self.simulation).changes == [
                .init(package: "fish-common", old: nil, new: "3.6.0-3.1+deb12u1"),
                .init(package: "jq", old: "1.6-2.1+deb12u1", new: "1.6-2.1+deb12u3"),
                .init(package: "fish", old: nil, new: "3.6.0-3.1+deb12u1"),
                .init(package: "old", old: "1.0", new: nil),
            ])
    }

    @Test func `what the config names comes first, then what others need`() {
        let named = [Difference("fish", found: "absent", wanted: "installed")]
        let lines = AptPreview(Self.simulation).differences(named: named).map(\.description)
        #expect(
            lines == [
                "fish: absent -> 3.6.0-3.1+deb12u1",
                "fish-common: absent -> 3.6.0-3.1+deb12u1, which others need",
                "jq: 1.6-2.1+deb12u1 -> 1.6-2.1+deb12u3, which others need",
                "old: 1.0 -> removed, since it cannot be beside the others",
            ])
    }

    @Test func `what goes besides what is named is told apart, whatever architecture either says`() {
        let preview = AptPreview("Remv jq [1.6]\nRemv libjq1:i386 [1.6] [jq ]\nPurg old [1]\nInst new (2 x [all])")
        #expect(preview.removed(besides: ["jq:amd64"]).map(\.package) == ["libjq1:i386"])
        #expect(preview.removed(besides: ["jq", "libjq1"]) == [])
        let named = [Difference("jq", found: "1.6", wanted: "absent")]
        let lines = preview.differences(named: named, reason: "since it needs that").map(\.description)
        #expect(
            lines == [
                "jq: 1.6 -> absent", "libjq1:i386: 1.6 -> removed, since it needs that",
                "new: absent -> 2, which others need",
            ])
    }

    @Test(arguments: ["", "Inst", "Inst x", "Inst x [1]", "Inst x y", "E: Unable to locate package x"])
    func `what apt does not tell is told by nobody`(simulation: String) {
        let named = [Difference("x=1.0", found: "absent", wanted: "installed")]
        #expect(AptPreview(simulation).differences(named: named) == named)
    }
}
