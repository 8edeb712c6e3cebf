namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The header of a ledger, read in place.</summary>
/// <remarks>
/// Format: <c>LedgerHeader</c> in Stellar-ledger.x. Its size varies: at least 324 bytes, usually 428, since protocol 30 usually 436. A
/// ledger's hash is the SHA-256 of <see cref="Encoded"/>.
/// </remarks>
public readonly ref struct LedgerHeaderView
{
    private const int ValueOffset = sizeof(uint) + Wire.HashBytes;
    private const int SkipListHashes = 4;

    private readonly StellarValueView value;
    private readonly int rest;

    private LedgerHeaderView(ReadOnlySpan<byte> encoded, StellarValueView value)
    {
        Encoded = encoded;
        this.value = value;
        rest = ValueOffset + value.Encoded.Length;
    }

    /// <summary>The encoded header.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>Protocol version at the end of the ledger, including an upgrade that it applied.</summary>
    public uint ProtocolVersion => Wire.UInt32(Encoded, 0);

    /// <summary>Hash of the previous ledger's header: 32 bytes.</summary>
    public ReadOnlySpan<byte> PreviousLedgerHash => Wire.Hash(Encoded, sizeof(uint));

    /// <summary>What the validators agreed on: transaction set, close time, upgrades.</summary>
    public StellarValueView Value => value;

    /// <summary>Hash of the transactions' results: 32 bytes.</summary>
    public ReadOnlySpan<byte> TransactionResultHash => Wire.Hash(Encoded, rest);

    /// <summary>Bucket list hash, which covers the state after the ledger: 32 bytes.</summary>
    public ReadOnlySpan<byte> BucketListHash => Wire.Hash(Encoded, rest + 32);

    /// <summary>Ledger number.</summary>
    public uint Sequence => Wire.UInt32(Encoded, rest + 64);

    /// <summary>Native coins in existence, in stroops.</summary>
    public long TotalCoins => Wire.Int64(Encoded, rest + 68);

    /// <summary>Fees collected and not paid out, in stroops.</summary>
    public long FeePool => Wire.Int64(Encoded, rest + 76);

    /// <summary>Number of inflation runs so far.</summary>
    public uint InflationSequence => Wire.UInt32(Encoded, rest + 84);

    /// <summary>The last id assigned to an offer.</summary>
    public ulong IdPool => Wire.UInt64(Encoded, rest + 88);

    /// <summary>Fee per operation, in stroops.</summary>
    public uint BaseFee => Wire.UInt32(Encoded, rest + 96);

    /// <summary>Reserve per ledger entry, in stroops: minimum balances are multiples of it.</summary>
    public uint BaseReserve => Wire.UInt32(Encoded, rest + 100);

    /// <summary>Maximum number of operations in the transaction set of a ledger.</summary>
    public uint MaxTransactionSetSize => Wire.UInt32(Encoded, rest + 104);

    /// <summary>Four hashes of older bucket lists, 32 bytes each.</summary>
    public ReadOnlySpan<byte> SkipList => Encoded.Slice(rest + 108, SkipListHashes * Wire.HashBytes);

    /// <summary>Flags that disable operations on liquidity pools: 1 trading, 2 deposits, 4 withdrawals; 0 without the extension.</summary>
    public uint Flags => Wire.Int32(Encoded, rest + 236) == 0 ? 0 : Wire.UInt32(Encoded, rest + 240);

    /// <summary>Checks a complete header, and that nothing follows it.</summary>
    /// <param name="header">The encoded header.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The header is malformed, of an unknown form, or followed by further bytes.</exception>
    public static LedgerHeaderView Parse(ReadOnlySpan<byte> header)
    {
        var reader = new XdrReader(header);
        LedgerHeaderView view = Read(ref reader);
        reader.EnsureEnd("LedgerHeader");
        return view;
    }

    /// <summary>Checks a header and skips it.</summary>
    /// <param name="reader">Positioned at the header; ends after it.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The header is malformed, or of an unknown form.</exception>
    public static LedgerHeaderView Read(scoped ref XdrReader reader)
    {
        int start = reader.Position;
        reader.Skip(sizeof(uint), "LedgerHeader.ledgerVersion");
        reader.Skip(Wire.HashBytes, "LedgerHeader.previousLedgerHash");
        var value = StellarValueView.Read(ref reader);
        reader.Skip(Wire.HashBytes, "LedgerHeader.txSetResultHash");
        reader.Skip(Wire.HashBytes, "LedgerHeader.bucketListHash");
        reader.Skip(sizeof(uint), "LedgerHeader.ledgerSeq");
        reader.Skip(sizeof(long), "LedgerHeader.totalCoins");
        reader.Skip(sizeof(long), "LedgerHeader.feePool");
        reader.Skip(sizeof(uint), "LedgerHeader.inflationSeq");
        reader.Skip(sizeof(ulong), "LedgerHeader.idPool");
        reader.Skip(sizeof(uint), "LedgerHeader.baseFee");
        reader.Skip(sizeof(uint), "LedgerHeader.baseReserve");
        reader.Skip(sizeof(uint), "LedgerHeader.maxTxSetSize");
        reader.Skip(SkipListHashes * Wire.HashBytes, "LedgerHeader.skipList");
        if (reader.ReadExtension(1, "LedgerHeader.ext"))
        {
            reader.Skip(sizeof(uint), "LedgerHeaderExtensionV1.flags");
            reader.ReadExtensionPoint("LedgerHeaderExtensionV1.ext");
        }

        return new LedgerHeaderView(reader.Since(start), value);
    }
}
