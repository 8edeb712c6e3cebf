using System.Globalization;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Every error of this folder.</summary>
internal static class RpcThrow
{
    public static LedgerException Retention(string server, uint wanted, uint oldest, uint latest) => new(
        FailureKind.Archive, LedgerErrorCode.Retention, FormattableString.Invariant(
            $"The server {server} keeps only ledgers {oldest} to {latest}; ledger {wanted} is no longer available. ")
        + "Catch up from a data store first, or populate from a newer checkpoint, then follow this server.")
    { Ledger = wanted };

    public static LedgerException Ended(string server, uint wanted, uint latest) => new(
        FailureKind.Archive, LedgerErrorCode.Order, string.Create(CultureInfo.InvariantCulture,
            $"The server {server} reported that the network is at ledger {latest}, but returned no ledger {wanted}: it has a gap there. "
                + $"Follow another server."))
    { Ledger = wanted };

    public static LedgerException OtherNetwork(string server, string wanted, string found) => new(
        FailureKind.Usage, LedgerErrorCode.Network,
        $"The server {server} belongs to the network \"{found}\", not \"{wanted}\". Name a server of that network, or set the server's "
            + $"network with NetworkPassphrase.");

    public static RpcException Wrong(string server, string method, string problem, Exception? cause = null) => new(
        $"The server {server} gave an unusable answer to {method}: {problem} Follow another server if this persists.",
        isPassing: true, cause);

    public static RpcException Failed(string server, string method, string problem, bool isPassing, Exception? cause = null) => new(
        $"The server {server} did not answer {method}: {problem}", isPassing, cause);

    public static RpcException Error(string server, string method, int code, string message) => new(
        FormattableString.Invariant($"The server {server} rejected {method}: {message} (JSON-RPC error {code})."),
        isPassing: code is -32603 or > -32000, null)
    { Code = code };
}
