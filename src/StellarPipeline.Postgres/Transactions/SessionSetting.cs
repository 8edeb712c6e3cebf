namespace StellarPipeline.Postgres.Transactions;

/// <summary>A server setting for one transaction.</summary>
/// <param name="Name">Name of the setting, such as <c>maintenance_work_mem</c>.</param>
/// <param name="Value">Its value as SET takes it, such as <c>1GB</c>.</param>
public readonly record struct SessionSetting(string Name, string Value);
