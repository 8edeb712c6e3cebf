using System.Buffers.Binary;
using System.Security.Cryptography;

namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>TransactionResultMeta and its version 1.</summary>
public sealed record AppliedTransaction(
    TransactionResult Result, List<RawChange> FeeChanges, TransactionMeta Meta, List<RawChange> PostApplyFeeChanges);

/// <summary>LedgerCloseMeta, all versions.</summary>
/// <param name="UpgradeChanges">The changes of each upgrade, in their order.</param>
public sealed record CloseMeta(
    int Version, HeaderEntry Header, TransactionSet Set, List<AppliedTransaction> Transactions, List<List<RawChange>> UpgradeChanges,
    List<LedgerKey> EvictedKeys)
{
    /// <summary>Reads one close meta that fills the bytes.</summary>
    public static CloseMeta Decode(byte[] bytes)
    {
        XdrIn xdr = new(bytes);
        CloseMeta meta = Read(xdr);
        return xdr.AtEnd ? meta : throw xdr.Wrong("bytes after the close meta,");
    }

    /// <summary>Reads a LedgerCloseMetaBatch that fills the bytes.</summary>
    public static List<CloseMeta> DecodeBatch(byte[] bytes)
    {
        XdrIn xdr = new(bytes);
        xdr.UInt32();
        xdr.UInt32();
        List<CloseMeta> metas = xdr.List(Read);
        return xdr.AtEnd ? metas : throw xdr.Wrong("bytes after the batch,");
    }

    /// <summary>What in the header disagrees with the rest, empty where all hashes are true.</summary>
    public IEnumerable<string> HashProblems()
    {
        Header header = Header.Header;
        if (Hex(header.Xdr) != Header.Hash) yield return "header hash";
        string setHash = Version == 0 ? Hex([.. Convert.FromHexString(Set.PreviousLedgerHash),
            .. Set.Envelopes.SelectMany(static envelope => envelope.Xdr)]) : Hex(Set.Xdr);
        if (setHash != header.Value.TransactionSetHash) yield return "transaction set hash";
        if (Set.PreviousLedgerHash != header.PreviousHash) yield return "previous ledger hash of the transaction set";
        byte[] count = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(count, Transactions.Count);
        if (Hex([.. count, .. Transactions.SelectMany(static transaction => transaction.Result.Xdr)]) != header.ResultSetHash)
            yield return "result set hash";
    }

    private static string Hex(byte[] preimage) => Convert.ToHexStringLower(SHA256.HashData(preimage));

    private static CloseMeta Read(XdrIn xdr)
    {
        int version = xdr.Int32();
        if (version is < 0 or > 2) throw xdr.Wrong($"LedgerCloseMeta arm {version}");
        if (version >= 1 && xdr.Bool())
        {
            xdr.NoExtension();
            xdr.Int64();
        }

        var header = HeaderEntry.Read(xdr);
        TransactionSet set = version == 0 ? TransactionSet.ReadPlain(xdr) : TransactionSet.ReadGeneralized(xdr);
        List<AppliedTransaction> transactions = xdr.List(xdr => ReadApplied(xdr, version));
        List<List<RawChange>> upgrades = xdr.List(ReadUpgrade);
        xdr.List(Scp.ReadHistory);
        List<LedgerKey> evicted = [];
        if (version >= 1)
        {
            xdr.UInt64();
            evicted = xdr.List(LedgerKey.Read);
            if (version == 1) xdr.List(LedgerEntry.Read);
        }

        return new(version, header, set, transactions, upgrades, evicted);
    }

    private static AppliedTransaction ReadApplied(XdrIn xdr, int version)
    {
        if (version == 2) xdr.NoExtension();
        var result = TransactionResult.Read(xdr);
        List<RawChange> fee = RawChange.ReadAll(xdr);
        var meta = TransactionMeta.Read(xdr);
        return new(result, fee, meta, version == 2 ? RawChange.ReadAll(xdr) : []);
    }

    private static List<RawChange> ReadUpgrade(XdrIn xdr)
    {
        int kind = xdr.Int32();
        if (kind is < 1 or > 7) throw xdr.Wrong($"LedgerUpgrade arm {kind}");
        xdr.Fixed(kind == 6 ? 64 : 4);
        return RawChange.ReadAll(xdr);
    }
}

/// <summary>The transaction set of a ledger: its envelopes in the order of the set.</summary>
public sealed record TransactionSet(string PreviousLedgerHash, List<Envelope> Envelopes, byte[] Xdr)
{
    public static TransactionSet ReadPlain(XdrIn xdr)
    {
        int start = xdr.At;
        return new(xdr.Hash(), xdr.List(Envelope.Read), xdr.Since(start));
    }

    public static TransactionSet ReadGeneralized(XdrIn xdr)
    {
        int start = xdr.At;
        if (xdr.Int32() != 1) throw xdr.Wrong("version of the transaction set");
        string previous = xdr.Hash();
        List<List<Envelope>> phases = xdr.List(ReadPhase);
        return new(previous, [.. phases.SelectMany(static phase => phase)], xdr.Since(start));
    }

    private static List<Envelope> ReadPhase(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: return [.. xdr.List(ReadComponent).SelectMany(static component => component)];
            case 1:
                xdr.OptionalValue(static xdr => xdr.Int64());
                return [.. xdr.List(static xdr => xdr.List(static xdr => xdr.List(Envelope.Read))).SelectMany(static stage => stage)
                    .SelectMany(static cluster => cluster)];
            case var other: throw xdr.Wrong($"TransactionPhase arm {other}");
        }
    }

    private static List<Envelope> ReadComponent(XdrIn xdr)
    {
        if (xdr.Int32() != 0) throw xdr.Wrong("kind of component");
        xdr.OptionalValue(static xdr => xdr.Int64());
        return xdr.List(Envelope.Read);
    }
}
