import Engine
import Glibc
import Platform
@testable import Reporting
import Synchronization
import Systemd
import Support
import Testing

/// Keeps what would be written.
private final class Kept: Sendable {
    let entries = Mutex<[JournalEntry]>([])
    var values: [[String: String]] {
        entries.withLock { all in
            all.map { entry in
                Dictionary(entry.fields.map { ($0.name, $0.value) }) { first, second in "\(first) and \(second)" }
            }
        }
    }
}

@Suite struct JournalSinkTests {
    @Test func `each event is an entry with its kind, run, host, step and priority as fields of their own`() async {
        let kept = Kept()
        let log = EventLog(
            run: RunIdentity(hostID: "h7"),
            sinks: [JournalSink(patience: .seconds(300)) { entry in kept.entries.withLock { $0.append(entry) } }])
        log.emit(.runStarted) { $0.message = "config sha256:00" }
        log.emit(.stepStarted, step: "files")
        log.emit(.stepProgress, step: "files") { $0.message = "warning: one is masked" }
        log.emit(.stepFinished, step: "files") { event in
            event.durationMilliseconds = 1234
            event.changed = true
            event.differences = [Difference("/etc/x", found: "absent", wanted: "file 0644")]
        }
        log.emit(.stepFailed, step: "apt-packages") { event in
            event.error = "no such package"
            event.place = "jqq"
            event.hint = "correct the name"
            event.exitCode = 100
        }
        log.emit(.runFinished) { event in
            event.status = "failed"
            event.message = "failed: apt-packages, after 1.2 s"
        }
        await log.finish()
        let all = kept.values
        #expect(all.map { $0["PRIORITY"] } == ["5", "7", "4", "5", "3", "3"])
        #expect(
            all.map { $0["MESSAGE"] } == [
                "run \(log.run.runID) on host h7, config sha256:00", "files: started", "files: warning: one is masked",
                "files: changed after 1.2 s: /etc/x: absent -> file 0644",
                "apt-packages: failed: jqq: no such package\nhint: correct the name",
                "failed: apt-packages, after 1.2 s",
            ])
        #expect(
            all.allSatisfy {
                $0["SYSLOG_IDENTIFIER"] == "host-bootstrap" && $0["HOST_BOOTSTRAP_RUN"] == log.run.runID
                    && $0["HOST_BOOTSTRAP_HOST"] == "h7"
            })
        #expect(all.map { $0["HOST_BOOTSTRAP_STEP"] } == [nil, "files", "files", "files", "apt-packages", nil])
        #expect(all.map { $0["MESSAGE_ID"] }[4] == "ef7e127d8478456da1ec27a40cbf9765")
        #expect(all[4]["HOST_BOOTSTRAP_EXIT_CODE"] == "100" && all[3]["HOST_BOOTSTRAP_DURATION_MS"] == "1234")
    }

    @Test func `a secret that a command printed is in no field`() async {
        let kept = Kept()
        let log = EventLog(
            run: RunIdentity(hostID: "h"),
            sinks: [JournalSink(patience: .seconds(300)) { entry in kept.entries.withLock { $0.append(entry) } }])
        log.emit(.stepFailed, step: "bundle-tools") { event in
            event.error = "cannot fetch https://me:hunter2@example.org/x?signature=hunter2"
            event.place = "https://example.org/x?signature=hunter2"
            event.stderr = "Bearer hunter2"
            event.hint = "look at https://example.org/x?signature=hunter2"
        }
        await log.finish()
        #expect(kept.values.count == 1)
        #expect(!kept.values.contains { $0.values.contains { $0.contains("hunter2") } }, "\(kept.values)")
    }

    /// A datagram socket that is bound and never read, as journald's is while it hangs: sending blocks once it is full.
    @Test func `a journal that hangs holds neither the run nor its end up, and memory stays bounded`() async throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
        let (ours, theirs) = (ends[0], ends[1])
        let sink = JournalSink(patience: .milliseconds(50)) { entry in
            let bytes = Array((entry.fields.first?.value ?? "").utf8)
            _ = send(ours, bytes, bytes.count, 0)
        }
        let log = EventLog(run: RunIdentity(hostID: "h"), sinks: [sink])
        let all = JournalSink.room * 3
        for number in 1...all { log.emit(.stepProgress, step: "files") { $0.message = "\(number)" } }
        // This returns, although nothing has read yet.
        await log.finish()
        let (arrived, lost) = try await onOwnThread { () throws(SystemCallError) -> (Int, Int) in
            var buffer = [UInt8](repeating: 0, count: 4096)
            var arrived = 0
            while true {
                let count = recv(theirs, &buffer, buffer.count, 0)
                guard count > 0 else { throw SystemCallError("recv", "socket", code: errno) }
                let words = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
                if words.dropFirst().first == "events" { return (arrived, Int(words[0]) ?? 0) }
                arrived += 1
            }
        }
        #expect(lost > 0 && arrived + lost == all)
        for end in ends { close(end) }
    }

    @Test func `each kind of event has an ID of its own, which the catalog explains`() throws {
        let catalog = try #require(try Files.text("\(Checkout.folder)/release/systemd/host-bootstrap.catalog"))
        let ids = Event.Kind.allCases.map(JournalWords.messageID)
        #expect(Set(ids).count == ids.count)
        #expect(
            catalog.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { $0.dropFirst(3) }.sorted()
                == ids.map { $0[...] }.sorted())
    }
}
