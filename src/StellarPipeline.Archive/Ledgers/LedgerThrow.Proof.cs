using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Errors found while proving ledgers.</summary>
internal static partial class LedgerThrow
{
    private const string Changed = "The ledger was damaged or changed: fetch it again, or read from another copy.";

    [DoesNotReturn]
    public static void HeaderHash(uint ledger, ReadOnlySpan<byte> named, ReadOnlySpan<byte> found, object? location) => Proof(
        LedgerErrorCode.HeaderHash, ledger, location, $"its header has the hash {Hex(found)}, but the hash stored with it is {Hex(named)}. "
            + $"{Changed}");

    [DoesNotReturn]
    public static void TransactionSetHash(uint ledger, ReadOnlySpan<byte> named, ReadOnlySpan<byte> found, object? location) => Proof(
        LedgerErrorCode.TransactionSetHash, ledger, location,
        $"its transaction set has the hash {Hex(found)}, but the header says {Hex(named)}. {Changed}");

    [DoesNotReturn]
    public static void EmptySet(uint ledger, ReadOnlySpan<byte> named, int transactions, object? location) => Proof(
        LedgerErrorCode.TransactionSetHash, ledger, location,
        string.Create(CultureInfo.InvariantCulture,
            $"its header says that the transaction set was dropped, but it has {transactions} transactions and names the set "
                    + $"{Hex(named)}, not zeros. {Changed}"));

    [DoesNotReturn]
    public static void ResultHash(uint ledger, ReadOnlySpan<byte> named, ReadOnlySpan<byte> found, object? location) => Proof(
        LedgerErrorCode.ResultHash, ledger, location,
        $"its results have the hash {Hex(found)}, but the header says {Hex(named)}. {Changed}");

    [DoesNotReturn]
    public static void ProtocolUnsupported(uint ledger, uint protocol, object? location) => throw new LedgerException(
        FailureKind.NetworkAhead, LedgerErrorCode.ProtocolUnsupported,
        Text($"Ledger {ledger}{Place(location)}: {StellarProtocols.Ahead(protocol)} Update the program."))
    { Ledger = ledger };

    [DoesNotReturn]
    public static void Order(uint last, uint found, object? location) => Proof(
        LedgerErrorCode.Order, found, location,
        Text($"it follows ledger {last}, but ledger {last + 1UL} was expected. Fetch the missing ledgers, or read from another copy."));

    [DoesNotReturn]
    public static void Chain(uint ledger, Hash256 named, Hash256 found, object? location) => Proof(
        LedgerErrorCode.Chain, ledger, location,
        string.Create(CultureInfo.InvariantCulture,
            $"it names {named} as the hash of ledger {ledger - 1}, but that ledger has the hash {found}. The two belong to different "
                + $"histories, or one was changed: fetch both again, or read from another copy."));

    [DoesNotReturn]
    public static void HeaderValue(uint ledger, string finding, object? location) => Proof(
        LedgerErrorCode.HeaderValue, ledger, location, $"{finding} {Changed}");

    [DoesNotReturn]
    public static void Anchor(LedgerAnchor anchor, Hash256 found, object? location) => Proof(
        LedgerErrorCode.Anchor, anchor.Ledger, location,
        $"its hash is {found}, but {anchor.Origin} says {anchor.Hash}. The ledgers, or the other source, belong to another network or are "
            + $"not honest: compare with a third source.");

    [DoesNotReturn]
    public static void AnchorBefore(LedgerAnchor anchor, uint ledger, Hash256 named, object? location) => Proof(
        LedgerErrorCode.Anchor, ledger, location,
        $"it names {named} as the hash of the previous ledger, but {anchor.Origin} says {anchor.Hash}. The ledgers, or the other source, "
            + $"belong to another network or are not honest: compare with a third source.");

    [DoesNotReturn]
    public static Exception AnchorMissing(string archive, uint first, uint last) => throw new LedgerException(
        FailureKind.Archive, LedgerErrorCode.AnchorMissing,
        string.Create(CultureInfo.InvariantCulture,
            $"The history archive {archive} has no checkpoint to compare ledgers {first} to {last} with. Name an archive of "
                + $"the same network that has one, or wait until it is published."));

    [DoesNotReturn]
    private static void Proof(string code, uint ledger, object? location, string problem) => throw new LedgerException(
        FailureKind.Archive, code, Text($"Ledger {ledger}{Place(location)}: {problem}"))
    { Ledger = ledger, File = (location as LedgerFileLocation ?? (location as LedgerBuffer)?.Location)?.File };

    private static string Place(object? location) => location is null ? "" : $" ({location})";

    private static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);
}
