using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Every throw of this folder.</summary>
internal static class RpcThrow
{
    public static LedgerException Retention(string server, uint wanted, uint oldest, uint latest) => new(
        FailureKind.Archive, LedgerErrorCode.Retention, FormattableString.Invariant(
            $"The server {server} keeps ledgers {oldest} to {latest} only; ledger {wanted} is no longer there. ")
        + "Catch up from a data store first, or populate from a newer checkpoint, then follow this server.")
    { Ledger = wanted };

    public static LedgerException Ended(string server, uint wanted, uint latest) => new(
        FailureKind.Archive, LedgerErrorCode.Order, string.Create(CultureInfo.InvariantCulture,
            $"The server {server} said that the network is at ledger {latest}, but gave no ledger {wanted}: it has a hole there. Follow "
                    + $"another server."))
    { Ledger = wanted };

    public static LedgerException OtherNetwork(string server, string wanted, string found) => new(
        FailureKind.Usage, LedgerErrorCode.Network,
        $"The server {server} is of the network \"{found}\", not \"{wanted}\". Name a server of the network, or the network of the server "
            + $"with --network.");

    public static RpcException Wrong(string server, string method, string problem, Exception? cause = null) => new(
        $"The server {server} gave an answer to {method} that cannot be used: {problem} Follow another server if it stays the same.",
        isPassing: true, cause);

    public static RpcException Failed(string server, string method, string problem, bool isPassing, Exception? cause = null) => new(
        $"The server {server} did not answer {method}: {problem}", isPassing, cause);

    public static RpcException Error(string server, string method, int code, string message) => new(
        FormattableString.Invariant($"The server {server} refused {method}: {message} (JSON-RPC error {code})."),
        isPassing: code is -32603 or > -32000, null)
    { Code = code };
}
