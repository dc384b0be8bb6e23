import HostConfig
import Platform
import Support
import Testing
import Trust

@Suite struct TrustErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let time = Timestamp(milliseconds: 0)
        let examples: [TrustError] = [
            .unsigned(config: "host.json", signature: AwkwardPlace.path), .noSignature(path: AwkwardPlace.path),
            .tooFew(config: "host.json", keys: "two of three keys", signers: "one", place: "--config-key"),
            .expired(config: "host.json", expires: time, now: time), .older(config: "host.json", serial: 1, seen: 2),
            .sameSerial(config: "host.json", serial: 1), .otherHost(config: "host.json", host: "h2", known: "h1"),
            .notByNewKeys(config: "host.json"), .damagedRecord(path: AwkwardPlace.path),
            .disk(SystemCallError("open", AwkwardPlace.path, code: 13)),
        ]
        #expect(ErrorWalk(TrustError.self, in: "Trust/TrustError.swift", examples).faults == [])
    }
}
