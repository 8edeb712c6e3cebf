using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Soroban;

/// <summary>
/// Invocations of asset contracts: transfers, mints, burns, clawbacks, authorizations. The form of their events depends on the version of
/// the metadata.
/// </summary>
internal static class AssetContractOperations
{
    private const int ClawbackFlag = 4;

    private static readonly Func<OperationScope,
        OperationOutcome?>[] Calls = [Transfer, Transfer, Mint, Burn, Clawback, SetAuthorized, SetAuthorized];

    public static OperationOutcome? Transfer(OperationScope scope)
    {
        if (PickDeployed(scope) is not { } asset || PickHolder(scope, asset) is not { } from || PickReceiver(scope, asset) is not { } to)
            return null;
        long amount = scope.Dice.Amount(Math.Min(Math.Max(1, from.Most), 50 * OperationScope.Coin));
        if (!Add(scope, from, asset, -amount) || !Add(scope, to, asset, amount)) return null;
        byte[] fromValue = ScValueXdr.Address(from.Address), toValue = ScValueXdr.Address(to.Address), name = ScValueXdr.Text(asset.Name);
        bool fromIssuer = from.Is(asset.Issuer), toIssuer = to.Is(asset.Issuer);
        List<byte[]> topics = scope.Transaction.HasUnifiedEvents && fromIssuer != toIssuer
            ? [ScValueXdr.Symbol(fromIssuer ? "mint" : "burn"), fromIssuer ? toValue : fromValue, name]
            : [ScValueXdr.Symbol("transfer"), fromValue, toValue, name];
        byte[] toArgument = scope.Rules.Protocol >= 30 && to.IsContract && scope.Dice.Chance(300)
            ? ScValueXdr.Address(ScAddressXdr.MuxedContract(scope.Dice.Number(), to.Id)) : toValue;
        return Called(scope, asset, "transfer", from.Address, [fromValue, toArgument, ScValueXdr.I128(amount)], topics,
            Data(scope, amount));
    }

    /// <summary>Several calls in one invocation; their events follow each other.</summary>
    public static OperationOutcome? Several(OperationScope scope)
    {
        OperationOutcome? all = null;
        for (int count = scope.Dice.Between(2, 5); count > 0; count--)
        {
            // A refused call must not change anything.
            OperationScope call = new(scope.Transaction, scope.Layer.Above(), scope.Position);
            if (scope.Dice.Of(Calls)(call) is not { } outcome) continue;
            call.Layer.Commit();
            all = all is null ? outcome : all with { Events = [.. all.Events, .. outcome.Events] };
        }

        return all;
    }

    public static OperationOutcome? Mint(OperationScope scope)
    {
        if (PickIssued(scope) is not { } asset || PickReceiver(scope, asset) is not { } to) return null;
        long amount = scope.Dice.Amount(50 * OperationScope.Coin);
        if (!Add(scope, to, asset, amount)) return null;
        byte[] toValue = ScValueXdr.Address(to.Address);
        return Called(scope, asset, "mint", Admin(asset), [toValue, ScValueXdr.I128(amount)], WithAdmin(scope, asset, "mint", toValue),
            Data(scope, amount));
    }

    public static OperationOutcome? Burn(OperationScope scope)
    {
        if (PickIssued(scope) is not { } asset || PickHolder(scope, asset) is not { } from || from.Is(asset.Issuer)) return null;
        long amount = scope.Dice.Amount(Math.Max(1, from.Most));
        if (!Add(scope, from, asset, -amount)) return null;
        byte[] fromValue = ScValueXdr.Address(from.Address);
        return Called(
            scope, asset, "burn", from.Address, [fromValue, ScValueXdr.I128(amount)],
                [ScValueXdr.Symbol("burn"), fromValue, ScValueXdr.Text(asset.Name)], ScValueXdr.I128(amount));
    }

    public static OperationOutcome? Clawback(OperationScope scope)
    {
        if (PickIssued(scope) is not { } asset || PickHolder(scope, asset) is not { } from || from.Is(asset.Issuer)) return null;
        if (!from.IsContract && (scope.Line(from.Id, asset)?.Flags & ClawbackFlag) is null or 0) return null;
        long amount = scope.Dice.Amount(Math.Max(1, from.Most));
        if (!Add(scope, from, asset, -amount)) return null;
        byte[] fromValue = ScValueXdr.Address(from.Address);
        return Called(scope, asset, "clawback", Admin(asset), [fromValue, ScValueXdr.I128(amount)],
            WithAdmin(scope, asset, "clawback", fromValue), ScValueXdr.I128(amount));
    }

    public static OperationOutcome? SetAuthorized(OperationScope scope)
    {
        if (PickIssued(scope) is not { } asset) return null;
        bool authorize = scope.Dice.Chance(500);
        byte[] holder;
        if (scope.Dice.Chance(500))
        {
            if (scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.Line.AsSpan().SequenceEqual(asset.Xdr)) is not { } line)
                return null;
            uint flags = (line.Flags & ~3u) | (authorize ? 1u : 2u);
            if (flags != line.Flags || scope.Dice.Chance(500)) scope.Layer.Put(line with { Flags = flags });
            holder = ScAddressXdr.Account(line.Account);
        }
        else
        {
            if (scope.World.Contracts.Count == 0) return null;
            byte[] contract = scope.Dice.Of(scope.World.Contracts);
            ContractLedger ledger = new(scope);
            if (!ledger.Open(ContractBalanceState.KeyOf(asset.Contract, contract), out ContractBalanceState? balance)) return null;
            ledger.Write((balance ?? new ContractBalanceState(asset.Contract, contract)) with { Authorized = authorize });
            holder = ScAddressXdr.Contract(contract);
        }

        byte[] holderValue = ScValueXdr.Address(holder);
        return Called(
            scope, asset, "set_authorized", Admin(asset), [holderValue, ScValueXdr.Bool(authorize)],
                WithAdmin(scope, asset, "set_authorized", holderValue), ScValueXdr.Bool(authorize));
    }

    private static OperationOutcome Called(
        OperationScope scope, NetworkAsset asset, string function, byte[] signer, byte[][] arguments, List<byte[]> topics, byte[] data)
    {
        byte[] contractEvent = EventXdr.Contract(asset.Contract, topics, data);
        List<byte[]> events = [.. EventNoise.Around(scope, asset, topics, data, contractEvent)];
        AuthorizationXdr authorization = new(scope);
        byte[] call = AuthorizationXdr.Call(asset.Contract, function, arguments), root = call;

        // Often another contract makes the call; then only the authorization tree contains the asset's contract.
        if (scope.World.Contracts.Count > 0 && scope.Dice.Chance(350))
            root = AuthorizationXdr.Call(scope.Dice.Of(scope.World.Contracts), "swap", authorization.AnyValue(0));
        return SorobanOperations.Invoke(scope, [0, 0, 0, 0, .. root], authorization.Entries([0, 0, 0, 0, .. call], signer)) with
        {
            Events = events,
            ReadOnlyKeys = [Convert.FromHexString(ContractDataState.InstanceKeyOf(asset.Contract))],
        };
    }

    private static bool Add(OperationScope scope, Holder holder, NetworkAsset asset, long amount) =>
        holder.IsContract ? new ContractLedger(scope).Add(holder.Id, asset, amount) : scope.Add(holder.Id, asset, amount);

    /// <summary>Topics of a call by the issuer; before unified events (CAP-67) they include the issuer.</summary>
    private static List<byte[]> WithAdmin(OperationScope scope, NetworkAsset asset, string name, byte[] holder)
    {
        List<byte[]> topics = [ScValueXdr.Symbol(name), holder, ScValueXdr.Text(asset.Name)];
        if (!scope.Transaction.HasUnifiedEvents) topics.Insert(1, ScValueXdr.Address(Admin(asset)));
        return topics;
    }

    private static byte[] Data(OperationScope scope, long amount)
    {
        byte[] value = ScValueXdr.I128(amount);
        if (!scope.Transaction.HasUnifiedEvents || !scope.Dice.Chance(300)) return value;
        byte[] id = scope.Dice.Below(4) switch
        {
            0 => ScValueXdr.Bytes(scope.Dice.Bytes(32)),
            1 => ScValueXdr.Text(scope.Dice.Word(6)),
            2 => ScValueXdr.Void(),
            _ => ScValueXdr.U64(scope.Dice.Number()),
        };
        return ScValueXdr.Map((ScValueXdr.Symbol("amount"), value), (ScValueXdr.Symbol("to_muxed_id"), id));
    }

    private static byte[] Admin(NetworkAsset asset) => ScAddressXdr.Account(asset.Issuer);

    private static NetworkAsset? PickDeployed(OperationScope scope)
    {
        NetworkAsset asset = scope.Dice.Chance(350) ? scope.World.Native : scope.Dice.Of(scope.World.Assets);
        return scope.Layer.Find(ContractDataState.InstanceKeyOf(asset.Contract)) is null ? null : asset;
    }

    private static NetworkAsset? PickIssued(OperationScope scope) => PickDeployed(
        scope) is { IsNative: false } asset && scope.Layer.Account(asset.Issuer!) is not null ? asset : null;

    private static Holder? PickHolder(OperationScope scope, NetworkAsset asset)
    {
        if (scope.Dice.Chance(400) && scope.Layer.Pick<ContractBalanceState>(scope.Dice,
            balance => balance.Contract.AsSpan().SequenceEqual(asset.Contract) && balance.Amount > 0) is { } held)
        {
            return new(held.Holder, true, (long)Int128.Min(held.Amount, long.MaxValue));
        }

        byte[]? account = asset.IsNative
            ? scope.Layer.Pick<AccountState>(scope.Dice)?.Id
            : scope.Dice.Chance(150) ? asset.Issuer
                : scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.Line.AsSpan().SequenceEqual(asset.Xdr))?.Account;
        return account is not null && scope.Spendable(account, asset) is > 0 and var most ? new(account, false, most) : null;
    }

    private static Holder? PickReceiver(OperationScope scope, NetworkAsset asset)
    {
        if (scope.World.Contracts.Count > 0 && scope.Dice.Chance(400)) return new(scope.Dice.Of(scope.World.Contracts), true, 0);
        byte[]? account = asset.IsNative
            ? scope.Layer.Pick<AccountState>(scope.Dice)?.Id
            : scope.Dice.Chance(150) ? asset.Issuer
                : scope.Layer.Pick<TrustlineState>(scope.Dice, line => line.Line.AsSpan().SequenceEqual(asset.Xdr))?.Account;
        return account is null ? null : new(account, false, 0);
    }

    /// <summary>A holder of a token: an account or a contract.</summary>
    private sealed record Holder(byte[] Id, bool IsContract, long Most)
    {
        public byte[] Address => IsContract ? ScAddressXdr.Contract(Id) : ScAddressXdr.Account(Id);

        public bool Is(byte[]? account) => !IsContract && account is not null && account.AsSpan().SequenceEqual(Id);
    }
}
