import Engine
@testable import Reporting
import Synchronization
import Testing

@Suite struct EventLinesTests {
    @Test func `each step is one line with its time, a failure has its error and hint below`() {
        let seen = lines { log in
            log.emit(.stepSatisfied, step: "layout") { $0.durationMilliseconds = 40 }
            log.emit(.stepFinished, step: "apt-packages") { event in
                event.durationMilliseconds = 12_345
                event.differences = [Difference("jq", found: "absent", wanted: "installed")]
            }
            log.emit(.stepFailed, step: "bundle-tools") { event in
                event.durationMilliseconds = 1000
                event.error = "checksum mismatch"
                event.place = "tools.tar.xz"
                event.hint = "publish it again"
            }
        }
        #expect(
            seen == [
                "ok       layout                   0.0 s",
                "changed  apt-packages             12.3 s   jq: absent -> installed",
                "FAILED   bundle-tools             1.0 s",
                "    error: tools.tar.xz: checksum mismatch",
                "    hint: publish it again",
            ])
    }

    @Test func `of what steps do meanwhile, a warning is shown without being asked for`() {
        let seen = lines { log in
            log.emit(.stepProgress, step: "unit-files") { $0.message = "reading" }
            log.emit(.stepProgress, step: "unit-files") { $0.message = "warning: a.service is masked" }
        }
        #expect(
            seen.map { $0.split(separator: " ").joined(separator: " ") } == ["unit-files warning: a.service is masked"])
    }

    @Test func `what is lacking and what was stopped are called so`() {
        let seen = lines { log in
            log.emit(.preflight) { $0.message = "data-index needs layout: included" }
            log.emit(.stepFinished, step: "data-index") { event in
                event.durationMilliseconds = 40
                event.status = "degraded"
                event.differences = []
                event.error = "its data did not come"
                event.place = "/srv/index"
                event.hint = "publish it"
            }
            log.emit(.stepFailed, step: "apt-packages") { event in
                event.durationMilliseconds = 1000
                event.status = "stopped"
                event.error = "stopped: apt-get was ended"
                event.hint = "run again"
            }
            log.emit(.runFinished) { event in
                event.message = "stopped after 1.0 s"
                event.status = "stopped"
            }
        }
        #expect(
            seen == [
                "data-index needs layout: included", "degraded data-index               0.0 s",
                "    lacking: /srv/index: its data did not come", "    hint: publish it",
                "stopped  apt-packages             1.0 s", "    error: stopped: apt-get was ended",
                "    hint: run again", "stopped after 1.0 s",
            ])
    }

    @Test func `a hint that a step has told is not told again at the end of the run`() {
        let lines = EventLines(verbose: false, style: LineStyle(isColoured: false))
        var step = Event.sample(.stepFinished, step: "data-index")
        (step.status, step.error, step.hint) = ("degraded", "its data did not come", "publish it")
        var end = Event.sample(.runFinished)
        (end.message, end.hint) = ("degraded", "publish it")
        #expect(lines.lines(for: end).contains("    hint: publish it"))
        #expect(lines.lines(for: step).contains("    hint: publish it"))
        #expect(lines.lines(for: end) == ["degraded"])
    }

    @Test func `control codes from a command never reach the terminal`() {
        let seen = lines { log in
            log.emit(.stepFailed, step: "a") { event in
                event.error = "bad \u{1b}[31mred\u{07}"
                event.exitCode = 1
                event.stderr = "x\u{1b}]0;title\u{07}\n"
                event.hint = "h"
            }
        }
        #expect(seen.joined().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(seen.contains("    | x ]0;title "))
    }

    @Test func `a command's lines that end with CR LF are lines`() {
        let seen = lines { log in
            log.emit(.stepFailed, step: "a") { event in
                event.exitCode = 1
                event.stderr = "one\r\n\r\ntwo\r\n"
            }
        }
        #expect(seen.suffix(2) == ["    | one", "    | two"])
    }

    private func lines(_ play: (EventLog) -> Void) -> [String] {
        let sink = Lines()
        play(EventLog(run: RunIdentity(hostID: "h"), sinks: [sink]))
        return sink.all.withLock { $0 }
    }
}
