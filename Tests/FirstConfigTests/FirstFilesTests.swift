import Bundles
import Platform
import Projects
import Testing

@testable import FirstConfig

@Suite struct FirstFilesTests {
    private static let project = ["package.json": #"{"version": "1.0.0", "main": "a.js"}"#, "a.js": ""]

    @Test(arguments: ["host.json", "web-1.0.0.tar.zst", "web-1.0.0.tar.zst.sha256"])
    func `what is there is named and never replaced, and nothing else is written`(name: String) throws {
        try Beginner.with(Self.project) { beginner in
            try beginner.write(name, "mine")
            let before = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) { try beginner.begin() }
            guard case .exists("\(beginner.top)/\(name)", _) = error else { throw error }
            #expect(try beginner.snapshot() == before)
        }
    }

    @Test(arguments: [
        "host.json", "web-1.0.0.tar.zst", "web-1.0.0.tar.zst.sha256", "web/web.service", "web/manifest.json",
    ])
    func `what comes there meanwhile is not replaced either, and all that was written is taken back`(name: String)
        throws
    {
        try Beginner.with(Self.project) { beginner in
            let outline = try Outline(beginner.options())
            try beginner.write(name, "mine")
            let before = try beginner.snapshot()
            #expect(throws: FirstConfigError.self) { try outline.write(sourceDate: nil, stop: StopFlag()) }
            #expect(try beginner.snapshot() == before)
        }
    }

    @Test func `a folder that cannot be packed, and a signal, leave it as it was`() async throws {
        try Beginner.with(Self.project) { beginner in
            let outline = try Outline(beginner.options())
            let before = try beginner.snapshot()
            let stop = StopFlag()
            stop.set()
            #expect(throws: FirstConfigError.stopped) { try outline.write(sourceDate: nil, stop: stop) }
            #expect(try beginner.snapshot() == before)
            try beginner.write("web/a.js", "changed")
            try Files.replaceLink("\(beginner.web)/up", target: "../../outside")
            let bad = try beginner.snapshot()
            let error = try #require(throws: FirstConfigError.self) { try beginner.begin() }
            #expect(error.isIntegrity, "\(error)")
            #expect(try beginner.snapshot() == bad)
        }
    }

    @Test(arguments: [
        FirstConfigError.exists(path: "a", remedy: "b"), .noStart(folder: "a"), .unusable(option: "--a", reason: "b"),
        .badUnit(place: "a:1", reason: "b"), .notUpdated(path: "a", reason: "b", remedy: "c"),
        .project(.noStart(path: "a")), .project(.badStart(place: "a", reason: "b")), .bundle(.stopped(url: "a")),
        .system(SystemCallError("open", "a", code: 2)), .stopped,
    ])
    func `every error says what, where and what to do`(error: FirstConfigError) {
        #expect(!error.explanation.problem.isEmpty && !error.explanation.hint.isEmpty)
        #expect(error.explanation.place?.isEmpty == false || error == .stopped)
    }
}
