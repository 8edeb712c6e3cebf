using System.Diagnostics.CodeAnalysis;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Creates every exception of this folder.</summary>
internal static class HistoryThrow
{
    private const string Advice =
        "The ledger is damaged, or follows rules that this version does not know: download it again, or update the program.";

    [DoesNotReturn]
    public static void Broken(uint ledger, in TransactionView transaction, string problem) =>
        throw new LedgerFormatException(ledger, transaction.Index + 1, 0, transaction.ByteOffset, $"{problem} {Advice}");

    [DoesNotReturn]
    public static void Broken(in OperationContext operation, string problem) => throw new LedgerFormatException(
        operation.Ledger, operation.Transaction.Index + 1, operation.Index + 1, operation.Operation.ByteOffset, $"{problem} {Advice}");

    [DoesNotReturn]
    public static void Broken(in OperationContext operation, int byteOffset, string problem) => throw new LedgerFormatException(
        operation.Ledger, operation.Transaction.Index + 1, operation.Index + 1, byteOffset, $"{problem} {Advice}");

    [DoesNotReturn]
    public static void LedgerNumber(uint ledger) =>
        throw new LedgerFormatException(ledger, 0, 0, 0,
            $"The ledger's number is above {int.MaxValue:N0}, which the column ledger_number cannot hold. {Advice}");

    [DoesNotReturn]
    public static void CloseTime(uint ledger, ulong seconds) =>
        throw new LedgerFormatException(ledger, 0, 0, 0,
            $"The ledger closed {seconds:N0} seconds after 1970, which is later than PostgreSQL's latest time. {Advice}");

    [DoesNotReturn]
    public static void HeaderHash(uint ledger, ReadOnlySpan<byte> named, ReadOnlySpan<byte> found) => throw new LedgerFormatException(
        ledger, 0, 0, 0,
        $"The header has SHA-256 {Convert.ToHexStringLower(found)}, but the ledger says {Convert.ToHexStringLower(named)}. "
        + "The ledger is damaged: download it again.");

    [DoesNotReturn]
    public static void TooManyTransactions(uint ledger, int count, int most) =>
        throw new LedgerFormatException(ledger, 0, 0, 0,
            $"The ledger has {count:N0} transactions; an id has room for {most:N0}. {Advice}");

    [DoesNotReturn]
    public static void Counts(uint ledger, string what, long wanted, long written) =>
        throw new InvalidOperationException($"Ledger {ledger} has {wanted:N0} {what}, but {written:N0} rows were written.");

    public static LedgerRejectedException ProtocolAhead(uint ledger, uint protocol) => new(
        FailureKind.NetworkAhead, ledger,
        $"Ledger {ledger}: {StellarProtocols.Ahead(protocol)} A newer protocol may have other rules. Update the program, or allow newer "
        + "protocols (AllowNewerProtocol), which continues as long as every byte is known.");

    public static LedgerRejectedException Rejected(LedgerFormatException error, object? location)
    {
        string place = location is null ? "" : $" ({location})";
        bool isAhead = error.ProtocolVersion is { } protocol && !StellarProtocols.IsKnown(protocol);
        return new LedgerRejectedException(
            isAhead ? FailureKind.NetworkAhead : FailureKind.Archive, error.Ledger, error.Message + place, error);
    }
}
