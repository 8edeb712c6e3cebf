using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The result of an operation.</summary>
/// <remarks>Format: <c>OperationResult</c> in Stellar-transaction.x.</remarks>
public readonly ref struct OperationResultView
{
    private readonly ReadOnlySpan<byte> ledger;
    private readonly ref readonly ResultPlace place;

    internal OperationResultView(ReadOnlySpan<byte> ledger, in ResultPlace place)
    {
        this.ledger = ledger;
        this.place = ref place;
    }

    /// <summary>Offset of the result: bytes from the start of the ledger.</summary>
    public int ByteOffset => place.Offset;

    /// <summary>OperationResultCode: 0 if there is an inner code, otherwise −1 to −6.</summary>
    public int Code => place.Code;

    /// <summary>The operation type of the inner code. The network writes the type of sell offers for passive offers.</summary>
    public OperationType Type => place.Type;

    /// <summary>The code of the operation type, 0 for success; valid only if <see cref="Code"/> is 0.</summary>
    public int InnerCode => place.InnerCode;

    /// <summary>True if the operation succeeded.</summary>
    public bool IsSuccessful => place.Code == 0 && place.InnerCode == 0;

    /// <summary>The trades of a successful offer or path payment.</summary>
    public ClaimAtoms Atoms => IsSuccessful && Type is OperationType.PathPaymentStrictReceive or OperationType.PathPaymentStrictSend
        or OperationType.ManageSellOffer or OperationType.ManageBuyOffer or OperationType.CreatePassiveSellOffer
        ? new ClaimAtoms(ledger[(place.BodyOffset + 4)..], Wire.Int32(ledger, place.BodyOffset))
        : default;

    /// <summary>The payments of a successful inflation.</summary>
    public InflationPayouts Payouts => IsSuccessful && Type == OperationType.Inflation
        ? new InflationPayouts(ledger[(place.BodyOffset + 4)..], Wire.Int32(ledger, place.BodyOffset))
        : default;

    /// <summary>The balance of a merged account.</summary>
    /// <param name="balance">Stroops.</param>
    /// <returns>False if the result is not that of a successful merge.</returns>
    public bool TryGetMergedBalance(out long balance)
    {
        bool isMerge = IsSuccessful && Type == OperationType.AccountMerge;
        balance = isMerge ? Wire.Int64(ledger, place.BodyOffset) : 0;
        return isMerge;
    }

    /// <summary>The amount that arrived at the end of a path payment.</summary>
    /// <param name="amount">Units of the destination asset.</param>
    /// <returns>False if the result is not that of a successful path payment.</returns>
    public bool TryGetPathAmount(out long amount)
    {
        amount = 0;
        if (!IsSuccessful || Type is not (OperationType.PathPaymentStrictReceive or OperationType.PathPaymentStrictSend))
            return false;
        var reader = new XdrReader(ledger);
        reader.Skip(place.BodyOffset, "PathPaymentResult.success");
        for (int left = reader.ReadInt32("PathPaymentResult.offers"); left > 0; left--)
            ResultWalk.ReadAtom(ref reader);
        LedgerWalk.ReadAccountId(ref reader);
        LedgerWalk.ReadAsset(ref reader);
        amount = reader.ReadInt64("SimplePaymentResult.amount");
        return true;
    }
}
