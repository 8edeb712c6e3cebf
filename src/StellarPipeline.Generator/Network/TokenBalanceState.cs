using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Network;

/// <summary>A token contract's balance of a holder.</summary>
/// <param name="Contract">The token's id.</param>
/// <param name="Holder">The holder's encoded SCAddress.</param>
internal sealed record TokenBalanceState(byte[] Contract, byte[] Holder) : ContractDataState(
    Contract, ScValueXdr.Vec(ScValueXdr.Symbol("Balance"), ScValueXdr.Address(Holder)), true)
{
    public Int128 Amount { get; init; }

    protected override byte[] StoredValue => ScValueXdr.I128(Amount);
}
