using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Ledgers.Operations;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Stream 0: changes of balances by operations of successful transactions, as events that <see cref="TransferRows"/> turns into rows.
/// </summary>
/// <remarks>
/// move(asset, from, to, amount):
/// | operation | events |
/// | create account | move(native, source, destination, starting balance) |
/// | account merge | move(native, source, destination, balance of the result), if the result has one |
/// | payment | move(asset, source, destination, amount) |
/// | path payments | the trades; then move(destination asset, source, destination, received amount) |
/// | offers | the trades |
/// | create claimable balance | move(asset, source, balance, amount) |
/// | claim claimable balance | move(asset, balance, source, amount), from the one balance that was removed |
/// | clawback | clawback from the account |
/// | clawback of a claimable balance | clawback from the one balance that was removed |
/// | pool deposit, withdraw | per asset of the one pool that changed: move to or from the pool, by the difference of its reserves |
/// | inflation | mint(native, destination, amount) per payment |
/// | allow trust, set trustline flags | see <see cref="PoolRedemptionDeriver"/> |
/// | invoke host function | see <see cref="ContractTransferDeriver"/> |
/// A trade: move(sold, seller, source), then move(bought, source, seller).
/// Before protocol 8 the source's native balance may have changed by more or less than its events say: the difference is minted before them
/// or burned after them.
/// </remarks>
internal sealed class TransferDeriver(
    TransferRows events, OperationChanges changes, PoolRedemptionDeriver redemptions, ContractTransferDeriver contracts, AssetIds assets,
        StellarNetwork network, HistoryCounts counts)
{
    private const uint ReconciledBelow = 8;

    public void Derive(in OperationContext operation)
    {
        if (!operation.Transaction.IsSuccessful || !MovesBalances(operation.Type)) return;
        if (operation.ProtocolVersion >= ReconciledBelow)
        {
            DeriveEvents(operation);
            return;
        }

        events.BeginMeasuring();
        DeriveEvents(operation);
        Int128 difference = BalanceDifference(operation) - events.EndMeasuring();
        var source = Party.Account(operation.Source);
        if (difference > 0) events.Mint(operation, network.NativeContractId, default, source, difference);
        DeriveEvents(operation);
        if (difference < 0) events.Burn(operation, network.NativeContractId, default, source, -difference);
    }

    private static bool MovesBalances(OperationType type) => type is not (
        OperationType.SetOptions or OperationType.ChangeTrust or OperationType.ManageData or OperationType.BumpSequence
        or OperationType.BeginSponsoringFutureReserves or OperationType.EndSponsoringFutureReserves or OperationType.RevokeSponsorship
        or OperationType.ExtendFootprintTtl or OperationType.RestoreFootprint);

    private void DeriveEvents(in OperationContext operation)
    {
        OperationView body = operation.Operation;
        var source = Party.Account(operation.Source);
        switch (operation.Type)
        {
            case OperationType.CreateAccount:
                CreateAccountOperation creation = body.AsCreateAccount();
                events.Move(operation, network.NativeContractId, default, source, Party.Account(creation.Destination),
                    creation.StartingBalance);
                break;
            case OperationType.AccountMerge:
                if (Result(operation).TryGetMergedBalance(out long merged))
                    events.Move(operation, network.NativeContractId, default, source, Party.Account(body.AsAccountMerge().Key), merged);
                break;
            case OperationType.Payment:
                PaymentOperation payment = body.AsPayment();
                events.Move(operation, payment.Asset, source, Party.Account(payment.Destination.Key), payment.Amount);
                break;
            case OperationType.PathPaymentStrictReceive:
            case OperationType.PathPaymentStrictSend:
                DerivePathPayment(operation, source);
                break;
            case OperationType.ManageSellOffer:
            case OperationType.ManageBuyOffer:
                DeriveTrades(operation, operation.Type, source);
                break;
            case OperationType.CreatePassiveSellOffer:
                DerivePassiveOffer(operation, source);
                break;
            case OperationType.CreateClaimableBalance:
                CreateClaimableBalanceOperation balance = body.AsCreateClaimableBalance();
                events.Move(operation, balance.Asset, source, Party.ClaimableBalance(operation.Source), balance.Amount);
                break;
            case OperationType.ClaimClaimableBalance:
                ClaimableBalanceEntryView claimed = RemovedBalance(operation);
                events.Move(operation, claimed.Asset, Party.ClaimableBalance(claimed.BalanceId), source, claimed.Amount);
                break;
            case OperationType.Clawback:
                ClawbackOperation clawback = body.AsClawback();
                events.Clawback(operation, assets.Of(clawback.Asset), clawback.Asset.Issuer, Party.Account(clawback.From.Key),
                    clawback.Amount);
                break;
            case OperationType.ClawbackClaimableBalance:
                ClaimableBalanceEntryView takenBack = RemovedBalance(operation);
                events.Clawback(operation, assets.Of(takenBack.Asset), takenBack.Asset.Issuer, Party.ClaimableBalance(takenBack.BalanceId),
                    takenBack.Amount);
                break;
            case OperationType.LiquidityPoolDeposit:
            case OperationType.LiquidityPoolWithdraw:
                DerivePool(operation, source);
                break;
            case OperationType.Inflation:
                InflationPayouts payouts = Result(operation).Payouts;
                while (payouts.MoveNext())
                    events.Mint(operation, network.NativeContractId, default, Party.Account(payouts.Destination), payouts.Amount);
                break;
            case OperationType.AllowTrust:
            case OperationType.SetTrustLineFlags:
                redemptions.Derive(operation);
                break;
            case OperationType.InvokeHostFunction:
                contracts.Derive(operation);
                break;
        }
    }

    private void DerivePathPayment(in OperationContext operation, Party source)
    {
        PathPaymentOperation payment = operation.Operation.AsPathPayment();
        DeriveTrades(operation, operation.Type, source);
        long amount = payment.DestinationAmount;
        if (operation.Type == OperationType.PathPaymentStrictSend) Result(operation).TryGetPathAmount(out amount);
        events.Move(operation, payment.DestinationAsset, source, Party.Account(payment.Destination.Key), amount);
    }

    private void DerivePassiveOffer(in OperationContext operation, Party source)
    {
        // The network writes these results in the arm of selling offers (stellar-core CreatePassiveSellOfferOpFrame).
        bool isOwnArm = Result(operation).Type == OperationType.CreatePassiveSellOffer;
        if (isOwnArm) counts.Count(HistoryDecision.PassiveOfferArm);
        DeriveTrades(operation, isOwnArm ? OperationType.CreatePassiveSellOffer : OperationType.ManageSellOffer, source);
    }

    private void DeriveTrades(in OperationContext operation, OperationType arm, Party source)
    {
        OperationResultView result = Result(operation);
        if (!result.IsSuccessful || result.Type != arm)
        {
            HistoryThrow.Broken(operation, result.ByteOffset,
                $"The transaction succeeded, but the result of this operation is not that of a successful {arm}.");
        }

        foreach (ClaimAtomView trade in result.Atoms)
        {
            Party seller = trade.IsPool ? Party.Pool(trade.Seller) : Party.Account(trade.Seller);
            events.Move(operation, trade.AssetSold, seller, source, trade.AmountSold);
            events.Move(operation, trade.AssetBought, source, seller, trade.AmountBought);
        }
    }

    private void DerivePool(in OperationContext operation, Party source)
    {
        bool isDeposit = operation.Type == OperationType.LiquidityPoolDeposit;
        PoolDifference difference = default;
        int pools = 0;
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.LiquidityPool) continue;
            pools++;
            difference = new PoolDifference(pair);
        }

        if (pools != 1) HistoryThrow.Broken(operation, $"The operation changes {pools} liquidity pools; it must change one.");
        if (isDeposit && (difference.AmountA <= 0 || difference.AmountB <= 0))
            HistoryThrow.Broken(operation, "A deposit adds nothing to a reserve of its pool.");
        var pool = Party.Pool(difference.PoolId);
        if (isDeposit)
        {
            events.Move(operation, assets.Of(difference.AssetA), difference.AssetA.Issuer, source, pool, difference.AmountA);
            events.Move(operation, assets.Of(difference.AssetB), difference.AssetB.Issuer, source, pool, difference.AmountB);
        }
        else
        {
            events.Move(operation, assets.Of(difference.AssetA), difference.AssetA.Issuer, pool, source, difference.AmountA);
            events.Move(operation, assets.Of(difference.AssetB), difference.AssetB.Issuer, pool, source, difference.AmountB);
        }
    }

    private ClaimableBalanceEntryView RemovedBalance(scoped in OperationContext operation)
    {
        ClaimableBalanceEntryView removed = default;
        int found = 0;
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.ClaimableBalance || pair.HasAfter) continue;
            found++;
            removed = pair.Before.AsClaimableBalance();
        }

        if (found != 1) HistoryThrow.Broken(operation, $"The operation removes {found} claimable balances; it must remove one.");
        return removed;
    }

    private Int128 BalanceDifference(in OperationContext operation)
    {
        Int128 difference = 0;
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type != LedgerEntryType.Account || !pair.KeyBody[4..].SequenceEqual(operation.Source)) continue;
            if (pair.HasAfter) difference += pair.After.AsAccount().Balance;
            if (pair.HasBefore) difference -= pair.Before.AsAccount().Balance;
        }

        return difference;
    }

    private static OperationResultView Result(in OperationContext operation)
    {
        if (operation.Index >= operation.Transaction.ResultCount)
            HistoryThrow.Broken(operation, "The transaction succeeded, but this operation has no result.");
        return operation.Transaction.Result(operation.Index);
    }
}
