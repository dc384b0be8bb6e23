import Platform
import Support
import Testing

/// The walk finds what it is there for.
@Suite struct ErrorWalkTests {
    private struct Told: Explained {
        let explanation: Explanation

        init(_ problem: String, at place: String? = nil, hint: String = "look at it") {
            explanation = Explanation(problem, at: place, hint: hint)
        }
    }

    @Test func `a case without an example is missed`() {
        let walk = ErrorWalk(
            ProxyError.self, in: "Platform/ProxyError.swift", [.unknownScheme(variable: "https_proxy")])
        #expect(walk.faults == ["ProxyError has no example of malformed"])
    }

    @Test(arguments: [
        (Told(""), "no problem"), (Told("p", hint: ""), "no hint"), (Told("a\nb"), "a problem of two lines"),
        (Told("p", at: ""), "an empty place"), (Told("p", hint: "add …"), "something left out"),
        (Told("look at it at once"), "the hint stands in the problem"),
        (Told("/srv/x is full", at: "/srv/x"), "the place"),
        (Told("p", hint: "ls -l \(AwkwardPlace.path)"), "a shell would misread"),
        (Told("p", hint: "free space: apt-get clean"), "root's to do"),
    ])
    private func `words that are not fit to be told are named`(told: Told, fault: String) {
        let faults = ErrorWalk(Told.self, in: "Platform/ProxyError.swift", [told]).faults
        #expect(faults.count == 1 && faults.first?.contains(fault) == true, "\(faults)")
    }

    @Test func `what is fit is not`() {
        let hint = "ls -l \(ShellWord.plain(AwkwardPlace.path)); sudo apt-get clean"
        #expect(
            ErrorWalk(Told.self, in: "Platform/ProxyError.swift", [Told("p", at: "/srv/x", hint: hint)]).faults == [])
    }
}
