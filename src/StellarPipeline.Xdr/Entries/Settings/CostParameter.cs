namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Cost of one kind of work: constant + linear × input / 128.</summary>
/// <param name="ConstantTerm">The constant term.</param>
/// <param name="LinearTerm">The linear term, scaled by 128.</param>
/// <remarks>Format: <c>ContractCostParamEntry</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct CostParameter(long ConstantTerm, long LinearTerm);
