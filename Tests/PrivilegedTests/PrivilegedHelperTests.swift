import Glibc
import Platform
@testable import Privileged
import Testing

/// A shell in the helper's place: what it prints is what the agent gets for an answer.
private func helper(_ script: String) -> PrivilegedHelper {
    PrivilegedHelper(executable: script, sudo: ["/bin/sh", "-c"])
}

@Suite(.timeLimit(.minutes(1))) struct PrivilegedHelperTests {
    // As in the program: writing to a helper that died is an error, not the end.
    init() { signal(SIGPIPE, SIG_IGN) }

    @Test(arguments: [
        "read a; read b; echo 'Last login: today'; cat",
        "read a; read b; echo; cat",
        "read a; read b; printf '{\"done\":{}}\\n'; cat",
        "read a; read b; printf '\\377\\376\\n'; cat",
        "read a; read b; head -c 1500000 /dev/zero | tr '\\0' 'a'; cat",
        #"read a; read b; echo '{"failed":{"id":0,"problem":"no request","hint":""}}'; cat"#,
    ])
    func `a line that is no answer fails all that is asked for`(script: String) async throws {
        let helper = helper(script)
        async let first = failure { try await helper.reloadUnits() }
        async let second = failure { try await helper.clearPartialLists() }
        for error in await [first, second] {
            guard case .garbled = error else { throw Unexpected(error: error) }
        }
        // A helper that is not understood is not asked again.
        let third = await failure { try await helper.reloadUnits() }
        guard case .garbled = third else { throw Unexpected(error: third) }
        await helper.close()
    }

    @Test func `why the helper does not begin is told in its words, with its remedy`() async {
        let helper = helper(#"read a; echo '{"failed":{"id":0,"problem":"p","place":"/x","hint":"h"}}'; cat"#)
        let words = Explanation("p", at: "/x", hint: "h")
        #expect(await failure { try await helper.reloadUnits() } == .failed(words))
        #expect(await failure { try await helper.reloadUnits() } == .failed(words))
        await helper.close()
    }

    @Test(arguments: ["read a; read b; exit 3", "read a; read b; kill -9 $$", "exit 0"])
    func `a helper that dies fails all that is asked for`(script: String) async throws {
        let helper = helper(script)
        async let first = failure { try await helper.reloadUnits() }
        async let second = failure { try await helper.clearPartialLists() }
        for error in await [first, second] {
            guard case .noHelper = error else { throw Unexpected(error: error) }
        }
    }

    @Test func `the largest answer arrives whole`() async throws {
        // A command's two tails of 64 KiB, each byte escaped as six.
        let helper = helper(
            "read a; printf '{\"done\":{\"id\":1,\"_1\":{\"output\":\"'; head -c 131072 /dev/zero "
                + "| sed 's/\\x00/\\\\u0001/g'; printf '\",\"errors\":\"\"}}}\\n'; cat")
        let result = try await helper.repairPackages(lockTimeoutSeconds: 1) { _ in }
        #expect(result.output.utf8.count == 131_072)
        await helper.close()
    }

    @Test func `a cancelled request is asked first and cancelled then, or never asked`() async throws {
        let script = """
            read a; case $a in *request*) ;; *) echo "first: $a"; exit;; esac
            read b; case $b in *cancel*) ;; *) echo "second: $b"; exit;; esac
            echo '{"failed":{"id":1,"problem":"stopped","hint":"h"}}'; cat
            """
        for round in 0..<10 {
            let helper = helper(script)
            let task = Task { await failure { try await helper.reloadUnits() } }
            if round % 2 == 0 { try await Task.sleep(for: .milliseconds(20)) }
            task.cancel()
            switch await task.value {
            case .failed(let words): #expect(words.problem == "stopped")
            case .cancelled: break
            case let error: throw Unexpected(error: error)
            }
            await helper.close()
        }
    }
}

private struct Unexpected: Error { let error: PrivilegedError? }

private func failure(_ body: @Sendable () async throws -> Void) async -> PrivilegedError? {
    do { try await body() } catch { return error as? PrivilegedError }
    return nil
}
