using System.Security.Cryptography;
using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Soroban;

/// <summary>Creates contracts, uploads code, writes storage, extends and restores entries.</summary>
internal static class SorobanOperations
{
    /// <summary>INVOKE_HOST_FUNCTION.</summary>
    /// <param name="scope">The operation's scope.</param>
    /// <param name="function">An encoded HostFunction with its arm.</param>
    /// <param name="authorizations">Encoded SorobanAuthorizationEntry values.</param>
    public static OperationOutcome Invoke(OperationScope scope, byte[] function, List<byte[]> authorizations) => new(
        24, OperationOutcome.Encoded(writer =>
    {
        writer.WriteRaw(function);
        writer.WriteInt32(authorizations.Count);
        foreach (byte[] entry in authorizations) writer.WriteRaw(entry);
    }), scope.Dice.Bytes(32));

    public static OperationOutcome? Create(OperationScope scope)
    {
        if (scope.Layer.Pick<CodeState>(scope.Dice) is not { } code || !new ContractLedger(scope).Open<CodeState>(code.Key, out _))
            return null;
        AuthorizationXdr authorization = new(scope);
        byte[] deployer = scope.Dice.Chance(600) ? ScAddressXdr.Account(scope.Transaction.Source) : authorization.AnyAddress();
        byte[] preimage = AuthorizationXdr.FromAddress(deployer, scope.Dice.Bytes(32)), executable = ExecutableXdr.Wasm(code.Hash);
        byte[] contract = ContractId(scope.World.NetworkId, preimage);
        new ContractLedger(scope).Write(new ContractDataState(contract, ScValueXdr.InstanceKey(), true)
        {
            Value = ScValueXdr.WasmInstance(code.Hash),
        });
        scope.World.Contracts.Add(contract);
        return Created(scope, authorization, preimage, executable, deployer, contract);
    }

    public static OperationOutcome? CreateAssetContract(OperationScope scope)
    {
        NetworkAsset asset = scope.Dice.Chance(200) ? scope.World.Native : scope.Dice.Of(scope.World.Assets);
        string instance = ContractDataState.InstanceKeyOf(asset.Contract);
        if (scope.Layer.Find(instance) is not null || scope.World.FindArchived(instance) is not null) return null;
        Deploy(scope, asset);
        AuthorizationXdr authorization = new(scope);
        return Created(scope, authorization, AuthorizationXdr.FromAsset(asset), ExecutableXdr.StellarAsset(), authorization.AnyAddress(),
            asset.Contract);
    }

    /// <summary>Writes the instance of an asset's contract.</summary>
    public static void Deploy(OperationScope scope, NetworkAsset asset)
    {
        byte[] instance = asset.IsNative ? StellarAssetContractXdr.NativeInstance()
            : StellarAssetContractXdr.Instance(asset.Code, asset.Issuer);
        new ContractLedger(scope).Write(new ContractDataState(asset.Contract, ScValueXdr.InstanceKey(), true) { Value = instance });
    }

    public static OperationOutcome Upload(OperationScope scope)
    {
        CodeState code = new([0, 0x61, 0x73, 0x6d, .. scope.Dice.Bytes(scope.Dice.Between(20, 300))]);
        new ContractLedger(scope).Write(code);
        return Invoke(scope, OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(2);
            writer.WriteOpaque(code.Code);
        }), []) with
        { ReturnValue = ScValueXdr.Bytes(code.Hash) };
    }

    /// <summary>Calls a contract that writes its own storage and emits an arbitrary event.</summary>
    public static OperationOutcome? Store(OperationScope scope)
    {
        if (scope.World.Contracts.Count == 0) return null;
        byte[] contract = scope.Dice.Of(scope.World.Contracts);
        AuthorizationXdr authorization = new(scope);
        ContractLedger ledger = new(scope);
        for (int count = scope.Dice.Between(1, 3); count > 0; count--)
        {
            ContractDataState entry = new(contract, ScValueXdr.Symbol($"slot{scope.Dice.Below(20)}"), scope.Dice.Chance(600));
            if (!ledger.Open(entry.Key, out ContractDataState? existing)) return null;
            if (existing is not null && scope.Dice.Chance(200))
            {
                ledger.Remove(existing);
                continue;
            }

            ledger.Write(entry with { Value = authorization.AnyValue(0) });
        }

        byte[] call = [0, 0, 0, 0, .. AuthorizationXdr.Call(contract, "store", authorization.AnyValue(0))];
        return Invoke(scope, call, authorization.Entries(call, authorization.AnyAddress())) with
        {
            Events = [EventXdr.Contract(contract, [ScValueXdr.Symbol("stored"), authorization.AnyValue(1)], authorization.AnyValue(0))],
            ReturnValue = authorization.AnyValue(1),
        };
    }

    public static OperationOutcome? Extend(OperationScope scope)
    {
        ContractLedger ledger = new(scope);
        List<byte[]> keys = [];
        uint by = (uint)scope.Dice.Between(100, 1000);
        for (int count = scope.Dice.Between(1, 3); count > 0; count--)
        {
            if (PickContractEntry(scope, entry => !ledger.IsExpired(entry)) is not { } entry) continue;
            ledger.Extend(entry, scope.World.Ledger + by);
            keys.Add(Convert.FromHexString(entry.Key));
        }

        if (keys.Count == 0) return null;
        return new(25, OperationOutcome.Encoded(writer =>
        {
            writer.WriteInt32(0);
            writer.WriteUInt32(by);
        }), [])
        { ReadOnlyKeys = keys };
    }

    public static OperationOutcome? Restore(OperationScope scope)
    {
        ContractLedger ledger = new(scope);
        EntryState? entry = PickContractEntry(scope, ledger.IsExpired);
        if (scope.World.Archived.Count > 0 && scope.Rules.HasStateArchive && scope.Dice.Chance(700))
        {
            entry = scope.World.Archived.Skip(scope.Dice.Below(scope.World.Archived.Count))
                .FirstOrDefault(archived => scope.Layer.Find(archived.Key) is null) ?? entry;
        }

        if (entry is null or ContractDataState { Persistent: false }) return null;
        ledger.Restore(entry);
        return new(26, new byte[4], []);
    }

    public static byte[] ContractId(byte[] networkId, byte[] preimage) => SHA256.HashData([0, 0, 0, 8, .. networkId, .. preimage]);

    private static OperationOutcome Created(OperationScope scope, AuthorizationXdr authorization, byte[] preimage, byte[] executable,
        byte[] signer, byte[] contract)
    {
        bool second = scope.Rules.Protocol >= 22 && scope.Dice.Chance(500);
        byte[] arguments = authorization.Create(preimage, executable, second);
        byte[] function = [0, 0, 0, (byte)(second ? 3 : 1), .. arguments], authorized = [0, 0, 0, (byte)(second ? 2 : 1), .. arguments];
        return Invoke(scope, function, authorization.Entries(authorized, signer)) with
        {
            ReturnValue = ScValueXdr.Address(ScAddressXdr.Contract(contract)),
        };
    }

    private static EntryState? PickContractEntry(OperationScope scope, Func<EntryState, bool> passes) => scope.Dice.Below(3) switch
    {
        0 => scope.Layer.Pick<ContractBalanceState>(scope.Dice, passes),
        1 => scope.Layer.Pick<CodeState>(scope.Dice, passes),
        _ => scope.Layer.Pick<ContractDataState>(scope.Dice, passes),
    };
}
