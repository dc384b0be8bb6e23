import Engine
import Glibc
import Platform
@testable import Steps
import Testing

@Suite struct WantedFileTests {
    @Test(.enabled(if: Account.currentUser == 0, "only root can make another user's file"))
    func `a file that may not be read differs, and is no error`() async {
        await #expect(processExitsWith: .success) {
            let folder = try Folders.makeTemporary(prefix: "/tmp/wanted-tests-")
            let path = "\(folder)/a.env"
            try Files.setMode(folder, 0o755)
            try Files.replace(path, with: [1, 2], mode: 0o600)
            #expect(seteuid(65534) == 0)
            let difference = try WantedFile(path: path, content: [1, 2], mode: 0o600).difference()
            #expect(difference?.found == "not readable")
            #expect(seteuid(0) == 0)
            try Folders.removeTree(folder)
        }
    }
}
