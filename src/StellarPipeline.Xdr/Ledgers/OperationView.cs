using StellarPipeline.Xdr.Ledgers.Operations;
using StellarPipeline.Xdr.Ledgers.Walks;

namespace StellarPipeline.Xdr.Ledgers;

/// <summary>An operation of a transaction. Its parts are read on access.</summary>
/// <remarks>
/// Format: <c>Operation</c> in Stellar-transaction.x. Each <c>As…</c> method throws <see cref="InvalidOperationException"/> if the
/// operation has another type.
/// </remarks>
public readonly ref struct OperationView
{
    private readonly ReadOnlySpan<byte> ledger;
    private readonly ref readonly OperationPlace place;

    internal OperationView(ReadOnlySpan<byte> ledger, in OperationPlace place)
    {
        this.ledger = ledger;
        this.place = ref place;
    }

    /// <summary>Offset of the operation: bytes from the start of the ledger.</summary>
    public int ByteOffset => place.Offset;

    /// <summary>The encoded operation, with its source if it has one.</summary>
    public ReadOnlySpan<byte> Encoded => ledger.Slice(place.Offset, place.Length);

    /// <summary>Kind of operation.</summary>
    public OperationType Type => place.Type;

    /// <summary>True if the operation has its own source account.</summary>
    public bool HasSource => place.SourceOffset != 0;

    /// <summary>Ed25519 key of its own source: 32 bytes; empty if it has none.</summary>
    public ReadOnlySpan<byte> Source => HasSource ? MuxedAccountView.KeyAt(ledger, place.SourceOffset) : default;

    /// <summary>True if its own source has a multiplexing id.</summary>
    public bool IsSourceMuxed => HasSource && Wire.Int32(ledger, place.SourceOffset) != 0;

    private ReadOnlySpan<byte> BodyBytes => ledger[place.BodyOffset..(place.Offset + place.Length)];

    /// <summary>The body of CREATE_ACCOUNT.</summary>
    public CreateAccountOperation AsCreateAccount() => new(Ensure(OperationType.CreateAccount));

    /// <summary>The body of PAYMENT.</summary>
    public PaymentOperation AsPayment() => new(Ensure(OperationType.Payment));

    /// <summary>The body of a path payment of either kind.</summary>
    public PathPaymentOperation AsPathPayment() => new(Ensure(OperationType.PathPaymentStrictReceive, OperationType.PathPaymentStrictSend));

    /// <summary>The body of SET_OPTIONS.</summary>
    public SetOptionsOperation AsSetOptions() => new(Ensure(OperationType.SetOptions));

    /// <summary>The body of CHANGE_TRUST.</summary>
    public ChangeTrustOperation AsChangeTrust() => new(Ensure(OperationType.ChangeTrust));

    /// <summary>The body of ALLOW_TRUST.</summary>
    public AllowTrustOperation AsAllowTrust() => new(Ensure(OperationType.AllowTrust));

    /// <summary>The destination of ACCOUNT_MERGE.</summary>
    public MuxedAccountView AsAccountMerge() => new(Ensure(OperationType.AccountMerge));

    /// <summary>The body of MANAGE_DATA.</summary>
    public ManageDataOperation AsManageData() => new(Ensure(OperationType.ManageData));

    /// <summary>The body of CREATE_CLAIMABLE_BALANCE.</summary>
    public CreateClaimableBalanceOperation AsCreateClaimableBalance() => new(Ensure(OperationType.CreateClaimableBalance));

    /// <summary>Ed25519 key of the account that BEGIN_SPONSORING_FUTURE_RESERVES sponsors: 32 bytes.</summary>
    public ReadOnlySpan<byte> AsBeginSponsoring() => Wire.Hash(Ensure(OperationType.BeginSponsoringFutureReserves), 4);

    /// <summary>The body of REVOKE_SPONSORSHIP.</summary>
    public RevokeSponsorshipOperation AsRevokeSponsorship() => new(Ensure(OperationType.RevokeSponsorship));

    /// <summary>The body of CLAWBACK.</summary>
    public ClawbackOperation AsClawback() => new(Ensure(OperationType.Clawback));

    /// <summary>Id of the claimable balance that CLAIM_CLAIMABLE_BALANCE or CLAWBACK_CLAIMABLE_BALANCE names: 32 bytes.</summary>
    public ReadOnlySpan<byte> AsClaimableBalanceId() =>
        Wire.Hash(Ensure(OperationType.ClaimClaimableBalance, OperationType.ClawbackClaimableBalance), 4);

    /// <summary>The body of SET_TRUST_LINE_FLAGS.</summary>
    public SetTrustlineFlagsOperation AsSetTrustlineFlags() => new(Ensure(OperationType.SetTrustLineFlags));

    /// <summary>The body of INVOKE_HOST_FUNCTION.</summary>
    public HostFunctionOperation AsHostFunction()
    {
        Ensure(OperationType.InvokeHostFunction);
        return new HostFunctionOperation(BodyBytes, place.AuthorizationOffset - place.BodyOffset);
    }

    private ReadOnlySpan<byte> Ensure(OperationType wanted) => Ensure(wanted, wanted);

    private ReadOnlySpan<byte> Ensure(OperationType wanted, OperationType orThis)
    {
        if (Type != wanted && Type != orThis)
            XdrThrow.WrongType("operation", Type.ToString(), wanted.ToString());
        return BodyBytes;
    }
}
