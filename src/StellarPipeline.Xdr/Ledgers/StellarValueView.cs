using StellarPipeline.Xdr.Entries.Settings;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>What the validators agreed on for a ledger, read in place in the ledger's header.</summary>
/// <remarks>
/// Format: <c>StellarValue</c> in Stellar-ledger.x; arm 2 of its extension by CAP-83, arms 3 and 4 by CAP-88. Its size varies: at least 48
/// bytes, with milliseconds usually 160.
/// </remarks>
public readonly ref struct StellarValueView
{
    private const int CloseTimeOffset = Wire.HashBytes;
    private const int UpgradesOffset = CloseTimeOffset + sizeof(ulong);

    private readonly int formOffset;

    private StellarValueView(ReadOnlySpan<byte> encoded, int formOffset)
    {
        Encoded = encoded;
        this.formOffset = formOffset;
    }

    /// <summary>The encoded value.</summary>
    public ReadOnlySpan<byte> Encoded { get; }

    /// <summary>
    /// Hash of the transaction set: 32 bytes; zero and without meaning if the set was dropped: see <see cref="IsEmptyTransactionSet"/>.
    /// </summary>
    public ReadOnlySpan<byte> TransactionSetHash => Wire.Hash(Encoded, 0);

    /// <summary>
    /// When the ledger closed, in whole seconds since 1970-01-01 UTC, rounded down. Neighbouring ledgers may share it since protocol 30.
    /// </summary>
    public ulong CloseTimeSeconds => Wire.UInt64(Encoded, CloseTimeOffset);

    /// <summary>When the ledger closed, in milliseconds since 1970-01-01 UTC; null if the form of the value has none.</summary>
    public ulong? CloseTimeMilliseconds => HasMilliseconds ? Wire.UInt64(Encoded, FormBody) : null;

    /// <summary>Network upgrades that the ledger applies: at most 6, each an encoded <c>LedgerUpgrade</c> of at most 128 bytes.</summary>
    public OpaqueItems Upgrades => new(Encoded[UpgradesOffset..formOffset]);

    /// <summary>The form of the value.</summary>
    public StellarValueForm Form => (StellarValueForm)Wire.Int32(Encoded, formOffset);

    /// <summary>True if the value also has a close time in milliseconds.</summary>
    public bool HasMilliseconds => Form >= StellarValueForm.SignedMilliseconds;

    /// <summary>True if the proposed transaction set was dropped, so that the ledger is empty.</summary>
    public bool IsEmptyTransactionSet => Form is StellarValueForm.EmptyTransactionSet or StellarValueForm.EmptyTransactionSetMilliseconds;

    /// <summary>Hash of the transaction set that was dropped: 32 bytes.</summary>
    /// <exception cref="InvalidOperationException">No set was dropped: see <see cref="IsEmptyTransactionSet"/>.</exception>
    public ReadOnlySpan<byte> ProposedTransactionSetHash => Wire.Hash(Encoded, Proposal);

    /// <summary>Hash of the previous ledger's header, named by the empty transaction set: 32 bytes.</summary>
    /// <exception cref="InvalidOperationException">No set was dropped: see <see cref="IsEmptyTransactionSet"/>.</exception>
    public ReadOnlySpan<byte> ProposedPreviousLedgerHash => Wire.Hash(Encoded, Proposal + Wire.HashBytes);

    /// <summary>Protocol version of the previous ledger, named by the empty transaction set.</summary>
    /// <exception cref="InvalidOperationException">No set was dropped: see <see cref="IsEmptyTransactionSet"/>.</exception>
    public uint ProposedPreviousLedgerVersion => Wire.UInt32(Encoded, Proposal + (2 * Wire.HashBytes));

    /// <summary>
    /// Ed25519 key of the node that proposed the value: 32 bytes; empty if <see cref="Form"/> is <see cref="StellarValueForm.Basic"/>.
    /// </summary>
    public ReadOnlySpan<byte> NodeId => Form == StellarValueForm.Basic ? default : Wire.Hash(Encoded, SignatureOffset + 4);

    /// <summary>That node's signature: at most 64 bytes; empty if <see cref="Form"/> is <see cref="StellarValueForm.Basic"/>.</summary>
    public ReadOnlySpan<byte> Signature =>
        Form == StellarValueForm.Basic ? default : Wire.Opaque(Encoded, SignatureOffset + Wire.AccountIdBytes);

    private int FormBody => formOffset + 4;

    private int Proposal
    {
        get
        {
            if (!IsEmptyTransactionSet)
                XdrThrow.WrongType("StellarValue", Form.ToString(), "a value with an empty transaction set");
            return FormBody + (HasMilliseconds ? sizeof(ulong) : 0);
        }
    }

    private int SignatureOffset =>
        FormBody + (HasMilliseconds ? sizeof(ulong) : 0) + (IsEmptyTransactionSet ? (2 * Wire.HashBytes) + sizeof(uint) : 0);

    /// <summary>Checks a value and skips it.</summary>
    /// <param name="reader">Positioned at the value; ends after it.</param>
    /// <returns>A view over it.</returns>
    /// <exception cref="XdrFormatException">The value is malformed, or of an unknown form.</exception>
    public static StellarValueView Read(scoped ref XdrReader reader)
    {
        int start = reader.Position;
        reader.Skip(Wire.HashBytes, "StellarValue.txSetHash");
        reader.Skip(sizeof(ulong), "StellarValue.closeTime");
        int upgrades = reader.ReadCount(sizeof(uint), XdrLimits.LedgerUpgrades, "StellarValue.upgrades");
        for (int index = 0; index < upgrades; index++)
            reader.ReadVariableOpaque(XdrLimits.LedgerUpgradeBytes, "StellarValue.upgrades");
        int form = reader.Position - start;
        switch ((StellarValueForm)reader.ReadDiscriminant((int)StellarValueForm.EmptyTransactionSetMilliseconds, "StellarValue.ext"))
        {
            case StellarValueForm.Signed:
                ReadSignature(ref reader);
                break;
            case StellarValueForm.EmptyTransactionSet:
                ReadProposal(ref reader);
                ReadSignature(ref reader);
                break;
            case StellarValueForm.SignedMilliseconds:
                reader.Skip(sizeof(ulong), "StellarValue.closeTimeMs");
                ReadSignature(ref reader);
                break;
            case StellarValueForm.EmptyTransactionSetMilliseconds:
                reader.Skip(sizeof(ulong), "StellarValue.closeTimeMs");
                ReadProposal(ref reader);
                ReadSignature(ref reader);
                break;
        }

        return new StellarValueView(reader.Since(start), form);
    }

    private static void ReadProposal(ref XdrReader reader)
    {
        reader.Skip(Wire.HashBytes, "StellarValue.proposedValue.txSetHash");
        reader.Skip(Wire.HashBytes, "StellarValue.proposedValue.previousLedgerHash");
        reader.Skip(sizeof(uint), "StellarValue.proposedValue.previousLedgerVersion");
    }

    private static void ReadSignature(ref XdrReader reader)
    {
        reader.ReadDiscriminant(0, "LedgerCloseValueSignature.nodeID");
        reader.Skip(Wire.HashBytes, "LedgerCloseValueSignature.nodeID");
        reader.ReadVariableOpaque(XdrLimits.SignatureBytes, "LedgerCloseValueSignature.signature");
    }
}
