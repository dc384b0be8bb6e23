import Platform
import Testing

@testable import Privileged

@Suite struct AptTranslationsTests {
    @Test(arguments: [
        ([], true), (["deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages"], true),
        (["deb.debian.org_debian_dists_bookworm_main_i18n_Translation-en"], false),
        (["a_InRelease", "a_main_i18n_Translation-de.lz4"], false),
    ])
    func `translated descriptions are left out where none are kept, and stay where they are`(
        names: [String], leavesOut: Bool
    ) throws {
        let folder = try Folders.makeTemporary(prefix: "/tmp/apt-tests-")
        defer { try? Folders.removeTree(folder) }
        for name in names { try Files.replace("\(folder)/\(name)", with: [], mode: 0o644) }
        #expect(Apt.withoutTranslations(in: folder) == (leavesOut ? ["-o", "Acquire::Languages=none"] : []))
    }
}
