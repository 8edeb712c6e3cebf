namespace StellarPipeline.Xdr.Entries.Settings;

/// <summary>Time-outs of consensus.</summary>
/// <param name="LedgerTargetCloseTimeMilliseconds">Target time between ledgers.</param>
/// <param name="NominationTimeoutInitialMilliseconds">First time-out of nomination.</param>
/// <param name="NominationTimeoutIncrementMilliseconds">Increase of the nomination time-out with each round.</param>
/// <param name="BallotTimeoutInitialMilliseconds">First time-out of balloting.</param>
/// <param name="BallotTimeoutIncrementMilliseconds">Increase of the balloting time-out with each round.</param>
/// <remarks>Format: <c>ConfigSettingSCPTiming</c> in Stellar-contract-config-setting.x.</remarks>
public readonly record struct ScpTimingSetting(
    uint LedgerTargetCloseTimeMilliseconds,
    uint NominationTimeoutInitialMilliseconds,
    uint NominationTimeoutIncrementMilliseconds,
    uint BallotTimeoutInitialMilliseconds,
    uint BallotTimeoutIncrementMilliseconds);
