namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Instruction limits and fee.</summary>
/// <param name="LedgerMaxInstructions">Most instructions of a ledger.</param>
/// <param name="TransactionMaxInstructions">Most instructions of a transaction.</param>
/// <param name="FeeRatePerInstructionsIncrement">Fee of 10,000 instructions: stroops.</param>
/// <param name="TransactionMemoryLimit">Most memory of a transaction: bytes.</param>
/// <remarks>Format: <c>ConfigSettingContractComputeV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractComputeSetting(
    long LedgerMaxInstructions,
    long TransactionMaxInstructions,
    long FeeRatePerInstructionsIncrement,
    uint TransactionMemoryLimit);
