"""The prefixes of declared providers, and of services that are only recognised.

They are a copy of what the ready-made declarations and the table of services say: loading those
would take as long as starting Python at every commit. Tests keep both equal.
"""

DECLARED = (
    "dckr_oat_", "dckr_pat_", "ghp_", "github_pat_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-",
    "gloas-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-",
)  # fmt: skip
SERVICES = (
    "xoxe.", "xoxb-", "xoxp-", "xapp-", "xoxe-", "sk-proj-", "sk-svcacct-", "sk-admin-",
    "sk-ant-oat", "sk-ant-", "sk-", "shpat_", "shppa_", "shpca_", "shpss_", "pat-na1-", "pat-na2-",
    "pat-eu1-", "pat-ap1-", "ATATT3x", "lin_api_", "lin_oauth_", "ntn_", "secret_", "sk_live_",
    "sk_test_", "rk_live_", "rk_test_", "whsec_", "dapi", "gsk_", "xai-", "r8_", "figd_", "NRAK-",
    "sq0atp-", "sq0csp-", "EAA", "Atza|", "Atzr|", "polar_oat_", "polar_pat_", "polar_at_u_",
    "polar_at_o_", "polar_rt_", "SSWS ", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT",
    "npm_", "pypi-AgE", "hf_", "AKIA", "ASIA", "dop_v1_", "doo_v1_", "dor_v1_", "SG.", "glsa_",
    "glc_", "eyJrIjoi", "hvs.", "hvb.",
)  # fmt: skip
