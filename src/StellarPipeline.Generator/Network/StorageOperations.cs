using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.Soroban;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Network;

/// <summary>Calls that repeatedly write and remove the same few storage keys of a contract, also within one ledger.</summary>
internal static class StorageOperations
{
    private const int Slots = 6;

    public static OperationOutcome? Toggle(OperationScope scope)
    {
        if (scope.World.Contracts.Count == 0) return null;
        byte[] contract = scope.World.Contracts[0];
        int slot = scope.Dice.Below(Slots);
        ContractDataState entry = new(contract, ScValueXdr.Symbol($"toggle{slot}"), slot % 2 == 0);
        ContractLedger ledger = new(scope);
        if (!ledger.Open(entry.Key, out ContractDataState? existing)) return null;
        if (existing is not null && scope.Dice.Chance(500)) ledger.Remove(existing);
        else ledger.Write(entry with { Value = ScValueXdr.U64(scope.Dice.Number()) });
        byte[] call = [0, 0, 0, 0, .. AuthorizationXdr.Call(contract, "toggle", ScValueXdr.U32((uint)slot))];
        return SorobanOperations.Invoke(scope, call, []);
    }
}
