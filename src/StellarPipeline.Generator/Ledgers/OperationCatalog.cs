using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.Soroban;
using StellarPipeline.Generator.Ledgers.State;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>All operations that the generator can apply, with their weights.</summary>
internal static class OperationCatalog
{
    private static readonly (int Type, int Weight, Func<OperationScope, OperationOutcome?> Make)[] Classic =
    [
        (0, 3, AccountOperations.CreateAccount),
        (1, 10, PaymentOperations.Payment),
        (2, 5, PaymentOperations.StrictReceive),
        (3, 6, OfferOperations.Sell),
        (4, 3, OfferOperations.Passive),
        (5, 5, AccountOperations.SetOptions),
        (6, 8, TrustOperations.ChangeTrust),
        (7, 2, static scope => TrustOperations.Authorize(scope, byFlags: false)),
        (8, 1, AccountOperations.Merge),
        (9, 1, AccountOperations.Inflation),
        (10, 4, AccountOperations.ManageData),
        (11, 1, AccountOperations.BumpSequence),
        (12, 5, OfferOperations.Buy),
        (13, 5, PaymentOperations.StrictSend),
        (14, 4, BalanceOperations.Create),
        (15, 3, BalanceOperations.Claim),
        (18, 3, SponsorshipOperations.Revoke),
        (19, 2, PaymentOperations.Clawback),
        (20, 1, BalanceOperations.Clawback),
        (21, 3, static scope => TrustOperations.Authorize(scope, byFlags: true)),
        (22, 7, PoolOperations.Deposit),
        (23, 6, PoolOperations.Withdraw),
    ];

    private static readonly Func<OperationScope, OperationOutcome?>[] Soroban =
    [
        AssetContractOperations.Transfer,
        AssetContractOperations.Transfer,
        AssetContractOperations.Transfer,
        AssetContractOperations.Several,
        AssetContractOperations.Several,
        AssetContractOperations.Mint,
        AssetContractOperations.Burn,
        AssetContractOperations.Clawback,
        AssetContractOperations.SetAuthorized,
        SorobanOperations.Create,
        SorobanOperations.CreateAssetContract,
        SorobanOperations.Upload,
        SorobanOperations.Store,
        SorobanOperations.Extend,
        SorobanOperations.Restore,
    ];

    private const int FurtherCallsPerThousand = 250;

    private static readonly int WeightSum = Classic.Sum(static operation => operation.Weight);

    /// <summary>Applies an operation or a contract call; null if the state allowed none of 40 choices.</summary>
    public static (OperationOutcome Outcome, StateLayer Layer, OperationScope Scope)? Apply(
        TransactionScope transaction, StateLayer state, int position, byte[]? forcedSource, bool soroban)
    {
        for (int attempt = 0; attempt < 40; attempt++)
        {
            Func<OperationScope, OperationOutcome?>? make = soroban ? PickCall(transaction) : Pick(transaction);
            if (make is null) continue;
            StateLayer layer = state.Above();
            OperationScope scope = new(transaction, layer, position) { ForcedSource = forcedSource };
            if (make(scope) is { } outcome) return (outcome, layer, scope);
        }

        return null;
    }

    private static Func<OperationScope, OperationOutcome?> PickCall(TransactionScope transaction)
    {
        IReadOnlyList<Func<OperationScope, OperationOutcome?>> further = transaction.Customs.FurtherCalls;
        return transaction.Dice.Of(further.Count > 0 && transaction.Dice.Chance(FurtherCallsPerThousand) ? further : Soroban);
    }

    private static Func<OperationScope, OperationOutcome?>? Pick(TransactionScope transaction)
    {
        int at = transaction.Dice.Below(WeightSum);
        foreach ((int type, int weight, Func<OperationScope, OperationOutcome?> make) in Classic)
        {
            at -= weight;
            if (at < 0) return transaction.Rules.Allows(type) ? make : null;
        }

        return null;
    }
}
