namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Instruction limits and fee.</summary>
/// <param name="LedgerMaxInstructions">Maximum number of instructions of a ledger.</param>
/// <param name="TransactionMaxInstructions">Maximum number of instructions of a transaction.</param>
/// <param name="FeeRatePerInstructionsIncrement">Fee per 10,000 instructions: stroops.</param>
/// <param name="TransactionMemoryLimit">Maximum memory of a transaction: bytes.</param>
/// <remarks>Format: <c>ConfigSettingContractComputeV0</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ContractComputeSetting(
    long LedgerMaxInstructions,
    long TransactionMaxInstructions,
    long FeeRatePerInstructionsIncrement,
    uint TransactionMemoryLimit);
