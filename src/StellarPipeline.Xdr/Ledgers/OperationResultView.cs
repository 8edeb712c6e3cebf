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

    /// <summary>Where the result lies: bytes from the start of the ledger.</summary>
    public int ByteOffset => place.Offset;

    /// <summary>OperationResultCode: 0 if there is an inner code, else −1 to −6.</summary>
    public int Code => place.Code;

    /// <summary>The type that the inner code belongs to. The network writes that of selling offers for passive ones.</summary>
    public OperationType Type => place.Type;

    /// <summary>The code of the operation's own kind, 0 for success; meaningless unless <see cref="Code"/> is 0.</summary>
    public int InnerCode => place.InnerCode;

    /// <summary>True if the operation did what it should.</summary>
    public bool IsSuccessful => place.Code == 0 && place.InnerCode == 0;

    /// <summary>What was traded, of offers and path payments that succeeded.</summary>
    public ClaimAtoms Atoms => IsSuccessful && Type is OperationType.PathPaymentStrictReceive or OperationType.PathPaymentStrictSend
        or OperationType.ManageSellOffer or OperationType.ManageBuyOffer or OperationType.CreatePassiveSellOffer
        ? new ClaimAtoms(ledger[(place.BodyOffset + 4)..], Wire.Int32(ledger, place.BodyOffset))
        : default;

    /// <summary>The payments of an inflation that succeeded.</summary>
    public InflationPayouts Payouts => IsSuccessful && Type == OperationType.Inflation
        ? new InflationPayouts(ledger[(place.BodyOffset + 4)..], Wire.Int32(ledger, place.BodyOffset))
        : default;

    /// <summary>What a merged account held.</summary>
    /// <param name="balance">Stroops.</param>
    /// <returns>False if the result is not that of a merge that succeeded.</returns>
    public bool TryGetMergedBalance(out long balance)
    {
        bool isMerge = IsSuccessful && Type == OperationType.AccountMerge;
        balance = isMerge ? Wire.Int64(ledger, place.BodyOffset) : 0;
        return isMerge;
    }

    /// <summary>What arrived at the end of a path payment.</summary>
    /// <param name="amount">Units of the destination asset.</param>
    /// <returns>False if the result is not that of a path payment that succeeded.</returns>
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
