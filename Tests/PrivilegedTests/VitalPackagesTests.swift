@testable import Privileged
import Testing

@Suite struct VitalPackagesTests {
    @Test(arguments: [
        ("yes//bash", "bash"), ("/yes/init", "init"), ("yes/yes/libc-bin:amd64", "libc-bin:amd64"), ("//jq", nil),
        ("no/no/jq", nil), ("", nil), ("yes/", nil), ("yes//a/b", nil),
    ])
    func `one mark of the two is enough`(line: String, name: String?) {
        #expect(VitalPackages.marked(line) == name)
    }

    @Test func `what dpkg knows here to be essential is among them, with what this program works by`() async throws {
        #expect(try await VitalPackages.among(["no-such", "bash", "dpkg", "sudo", "jq"]) == ["bash", "dpkg", "sudo"])
        #expect(try await VitalPackages.among([]) == [])
    }
}
