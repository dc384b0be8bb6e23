@testable import Steps
import Testing

@Suite struct DpkgStatusTests {
    static let status = DpkgStatus(
        """
        Package: jq
        Status: install ok installed
        Architecture: amd64
        Version: 1.6-2.1
        Description: a filter
         Package: liar

        Package: mawk
        Status: hold ok installed
        Architecture: amd64
        Version: 1.3
        Provides: awk, other (= 1)

        Package: half
        Status: install ok half-configured
        Architecture: amd64
        Version: 2

        Package: gone
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 3
        """)

    @Test(arguments: ["jq", "jq:amd64", "jq=1.6-2.1", "mawk", "awk", "other"])
    func `what is installed, held or provided is no difference`(package: String) {
        #expect(Self.status.difference(package) == nil)
    }

    @Test(arguments: [
        ("half", "absent"), ("gone", "absent"), ("liar", "absent"), ("jq:arm64", "absent"), ("jq=1.7", "1.6-2.1"),
        ("awk=1", "absent"),
    ])
    func `what is half there, removed or of another version or architecture is one`(package: String, found: String) {
        #expect(Self.status.difference(package) == found)
    }
}
