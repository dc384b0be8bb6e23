@testable import Steps
import Testing

@Suite struct AptRecoveryTests {
    @Test(arguments: [AptFailure.interrupted, .brokenPackages, .dpkgFailed])
    func `what dpkg left unfinished is repaired once in a run`(failure: AptFailure) {
        var recovery = AptRecovery(hasRepaired: false)
        #expect(recovery.action(after: failure, mayWait: true) == .repair)
        #expect(recovery.action(after: failure, mayWait: true) == .giveUp)
        #expect(recovery.action(after: .interrupted, mayWait: true) == .giveUp)
        var repaired = AptRecovery(hasRepaired: true)
        #expect(repaired.action(after: failure, mayWait: true) == .giveUp)
    }

    @Test(arguments: [AptFailure.unknownPackage("jq"), .damagedLists, .network])
    func `what fresh lists or time can cure is tried three times`(failure: AptFailure) {
        var recovery = AptRecovery(hasRepaired: false)
        #expect(recovery.action(after: failure, mayWait: true) == .retry(attempt: 1))
        #expect(recovery.action(after: failure, mayWait: true) == .retry(attempt: 2))
        #expect(recovery.action(after: failure, mayWait: true) == .giveUp)
    }

    @Test func `a lock is waited for as long as the config allows, and costs no attempt`() {
        var recovery = AptRecovery(hasRepaired: false)
        for _ in 0..<10 { #expect(recovery.action(after: .lockHeld, mayWait: true) == .wait) }
        #expect(recovery.action(after: .lockHeld, mayWait: false) == .giveUp)
        #expect(recovery.action(after: .network, mayWait: false) == .retry(attempt: 1))
    }

    @Test(arguments: [AptFailure.proxyRefused, .diskFull, .diskFailing, .other])
    func `what neither time nor a repair cures is final at once`(failure: AptFailure) {
        var recovery = AptRecovery(hasRepaired: false)
        #expect(recovery.action(after: failure, mayWait: true) == .giveUp)
    }
}
