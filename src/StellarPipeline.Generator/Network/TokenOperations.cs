using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.Soroban;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Network;

/// <summary>
/// Calls of tokens with their own contract code (SEP-41): transfers, mints and burns that change balances in the contract's storage.
/// </summary>
internal static class TokenOperations
{
    private const int Holders = 12;
    private const long MostAtOnce = 1_000_000_000;

    public static OperationOutcome? Transfer(OperationScope scope)
    {
        if (PickToken(scope) is not { } token || PickHolder(scope) is not { } from || PickHolder(scope) is not { } to) return null;
        long amount = scope.Dice.Amount(MostAtOnce);
        if (!Add(scope, token, from, -amount) || !Add(scope, token, to, amount)) return null;
        return Called(scope, token, "transfer", from, amount, from, to);
    }

    public static OperationOutcome? Mint(OperationScope scope)
    {
        if (PickToken(scope) is not { } token || PickHolder(scope) is not { } to) return null;
        long amount = scope.Dice.Amount(MostAtOnce);
        return Add(scope, token, to, amount) ? Called(scope, token, "mint", to, amount, to) : null;
    }

    public static OperationOutcome? Burn(OperationScope scope)
    {
        if (PickToken(scope) is not { } token || PickHolder(scope) is not { } from) return null;
        long amount = scope.Dice.Amount(MostAtOnce);
        return Add(scope, token, from, -amount) ? Called(scope, token, "burn", from, amount, from) : null;
    }

    // Only the first two contracts are tokens, and most holders are the first accounts, so the same balances change repeatedly.
    private static byte[]? PickToken(OperationScope scope) => scope.World.Contracts.Count == 0 ? null
        : scope.World.Contracts[scope.Dice.Below(Math.Min(2, scope.World.Contracts.Count))];

    private static byte[]? PickHolder(OperationScope scope)
    {
        if (scope.Dice.Chance(300)) return ScAddressXdr.Contract(scope.Dice.Of(scope.World.Contracts));
        IReadOnlyList<string> accounts = scope.World.Keys<AccountState>();
        return scope.Layer.Find<AccountState>(accounts[scope.Dice.Below(Math.Min(Holders, accounts.Count))]) is { } account
            ? ScAddressXdr.Account(account.Id) : null;
    }

    private static bool Add(OperationScope scope, byte[] token, byte[] holder, long amount)
    {
        ContractLedger ledger = new(scope);
        TokenBalanceState balance = new(token, holder);
        if (!ledger.Open(balance.Key, out TokenBalanceState? existing)) return false;
        balance = existing ?? balance;
        if (balance.Amount + amount < 0) return false;
        ledger.Write(balance with { Amount = balance.Amount + amount });
        return true;
    }

    private static OperationOutcome Called(
        OperationScope scope, byte[] token, string function, byte[] signer, long amount, params ReadOnlySpan<byte[]> holders)
    {
        List<byte[]> topics = [ScValueXdr.Symbol(function)];
        foreach (byte[] holder in holders) topics.Add(ScValueXdr.Address(holder));
        byte[] value = ScValueXdr.I128(amount);
        byte[] call = [0, 0, 0, 0, .. AuthorizationXdr.Call(token, function, [.. topics.Skip(1), value])];
        return SorobanOperations.Invoke(scope, call, new AuthorizationXdr(scope).Entries(call, signer)) with
        {
            Events = [EventXdr.Contract(token, topics, value)],
            ReadOnlyKeys = [Convert.FromHexString(ContractDataState.InstanceKeyOf(token))],
        };
    }
}
