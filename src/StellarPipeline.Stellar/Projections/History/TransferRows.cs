using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Stream 0: turns events of tokens into rows. Which rows depends on the type of the operation that the event belongs to.
/// </summary>
/// <remarks>
/// Category BALANCE unless stated.
/// | event | operation | rows |
/// | transfer | create claimable balance, pool deposit | DEBIT from |
/// | transfer | claim claimable balance, pool withdraw | CREDIT to |
/// | transfer | allow trust, set trustline flags | none |
/// | transfer | create account | ACCOUNT CREATE on to, creator = from; DEBIT from; CREDIT to |
/// | transfer | account merge | ACCOUNT MERGE on from, destination = to; DEBIT from; CREDIT to |
/// | transfer | any other, an end is a claimable balance | none |
/// | transfer | any other | DEBIT from, CREDIT to; from a pool only CREDIT, to a pool only DEBIT |
/// | mint | any | MINT on the issuer (not of the native asset); CREDIT to, unless a pool or claimable balance |
/// | burn | claim claimable balance, pool withdraw | BURN on the operation's source |
/// | clawback | clawback claimable balance | BURN on the operation's source |
/// | burn, clawback | any other | BURN on the issuer (not of the native asset); DEBIT from, unless a pool or claimable balance |
/// </remarks>
internal sealed class TransferRows(StateChangeWriter rows, AssetIds assets)
{
    private bool isMeasuring;
    private Int128 measured;

    /// <summary>
    /// Adds up how the following events change the native balance of the operation's source, in stroops, instead of writing rows.
    /// </summary>
    public void BeginMeasuring()
    {
        isMeasuring = true;
        measured = 0;
    }

    /// <summary>Ends measuring.</summary>
    /// <returns>The sum in stroops.</returns>
    public Int128 EndMeasuring()
    {
        isMeasuring = false;
        return measured;
    }

    /// <summary>
    /// Moves an amount. For an issued asset, a move from its issuer is a mint, a move to its issuer is a burn, and from issuer to issuer a
    /// transfer.
    /// </summary>
    public void Move(in OperationContext operation, AssetView asset, Party from, Party to, long amount)
    {
        if (isMeasuring && !asset.IsNative) return;
        ReadOnlySpan<byte> token = isMeasuring ? default : assets.Of(asset);
        Move(operation, token, asset.Issuer, from, to, amount);
    }

    /// <summary>The same for an asset given by its contract and issuer.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="token">Contract id of the asset.</param>
    /// <param name="issuer">Key of the issuer; empty for the native asset.</param>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="amount">The amount, in the asset's smallest unit.</param>
    public void Move(in OperationContext operation, ReadOnlySpan<byte> token, ReadOnlySpan<byte> issuer, Party from, Party to,
        Int128 amount)
    {
        bool isFromIssuer = !issuer.IsEmpty && from.IsAccount && from.Key.SequenceEqual(issuer);
        bool isToIssuer = !issuer.IsEmpty && to.IsAccount && to.Key.SequenceEqual(issuer);
        if (isFromIssuer && !isToIssuer) Mint(operation, token, issuer, to, amount);
        else if (isToIssuer && !isFromIssuer) Burn(operation, token, issuer, from, amount);
        else Transfer(operation, token, from, to, amount);
    }

    public void Transfer(in OperationContext operation, ReadOnlySpan<byte> token, Party from, Party to, Int128 amount)
    {
        if (isMeasuring)
        {
            Measure(operation, from, -amount);
            Measure(operation, to, amount);
            return;
        }

        bool isDebit = true, isCredit = true;
        switch (operation.Type)
        {
            case OperationType.CreateClaimableBalance:
            case OperationType.LiquidityPoolDeposit:
                isCredit = false;
                break;
            case OperationType.ClaimClaimableBalance:
            case OperationType.LiquidityPoolWithdraw:
                isDebit = false;
                break;
            case OperationType.AllowTrust:
            case OperationType.SetTrustLineFlags:
                return;
            default:
                if (from.IsClaimableBalance || to.IsClaimableBalance) return;
                isDebit = !from.IsPool;
                isCredit = from.IsPool || !to.IsPool;
                break;
        }

        if (operation.Type == OperationType.CreateAccount) rows.Write(new StateChange("ACCOUNT"u8, "CREATE"u8, to) { Creator = from });
        if (operation.Type == OperationType.AccountMerge) rows.Write(new StateChange("ACCOUNT"u8, "MERGE"u8, from) { Destination = to });
        if (isDebit) Balance("DEBIT"u8, from, token, amount);
        if (isCredit) Balance("CREDIT"u8, to, token, amount);
    }

    public void Mint(in OperationContext operation, ReadOnlySpan<byte> token, ReadOnlySpan<byte> issuer, Party to, Int128 amount)
    {
        if (isMeasuring)
        {
            Measure(operation, to, amount);
            return;
        }

        if (!issuer.IsEmpty) Balance("MINT"u8, Party.Account(issuer), token, amount);
        if (!to.IsPool && !to.IsClaimableBalance) Balance("CREDIT"u8, to, token, amount);
    }

    public void Burn(in OperationContext operation, ReadOnlySpan<byte> token, ReadOnlySpan<byte> issuer, Party from, Int128 amount)
    {
        if (isMeasuring) Measure(operation, from, -amount);
        else if (operation.Type is OperationType.ClaimClaimableBalance or OperationType.LiquidityPoolWithdraw)
            Balance("BURN"u8, Party.Account(operation.Source), token, amount);
        else BurnAndDebit(token, issuer, from, amount);
    }

    public void Clawback(in OperationContext operation, ReadOnlySpan<byte> token, ReadOnlySpan<byte> issuer, Party from, Int128 amount)
    {
        if (isMeasuring) Measure(operation, from, -amount);
        else if (operation.Type == OperationType.ClawbackClaimableBalance)
            Balance("BURN"u8, Party.Account(operation.Source), token, amount);
        else BurnAndDebit(token, issuer, from, amount);
    }

    private void BurnAndDebit(ReadOnlySpan<byte> token, ReadOnlySpan<byte> issuer, Party from, Int128 amount)
    {
        if (!issuer.IsEmpty) Balance("BURN"u8, Party.Account(issuer), token, amount);
        if (!from.IsPool && !from.IsClaimableBalance) Balance("DEBIT"u8, from, token, amount);
    }

    private void Balance(ReadOnlySpan<byte> reason, Party account, ReadOnlySpan<byte> token, Int128 amount) =>
        rows.Write(new StateChange("BALANCE"u8, reason, account) { Token = token, Amount = amount });

    private void Measure(in OperationContext operation, Party party, Int128 amount)
    {
        if (party.IsAccount && party.Key.SequenceEqual(operation.Source)) measured += amount;
    }
}
