@testable import Privileged
import Testing

@Suite struct AptTests {
    @Test(arguments: ["jq", "libstdc++6", "jq:amd64", "jq=1.6-2.1", "g++", "python3.11", "x=1:2~rc1+b1"])
    func `a package's name is taken`(name: String) { #expect(Apt.isPackage(name)) }

    @Test(arguments: [
        "", "-o", "--allow-unauthenticated", "Jq", "jq-", "jq=1.6-", "a b", "jq;rm", "./x.deb", "/tmp/x.deb", "jq=",
        "a\nb",
        "$(x)", "jq:",
    ])
    func `an option, a path and anything else is not`(name: String) { #expect(!Apt.isPackage(name)) }
}
